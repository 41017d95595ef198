"""Ablate the weights of retrieve/central.py on SciTLDR (fitted), SciFact and Cranfield (title as the summary)."""
import gzip, json, sys, re, random
from pathlib import Path
from statistics import mean
from langchain_core.documents import Document
import ragkit.retrieve.central as C
from ragkit.evaluate.rouge import rouge
D=Path('/work/shared/data')
def scitldr():
    for l in (D/'scitldr/dev.jsonl').open():
        r=json.loads(l); yield r['document'], r['title'] or '', r['summaries']
def scifact():
    for l in gzip.open(D/'scifact/corpus.jsonl.gz','rt'):
        r=json.loads(l)
        if r['title'] and len(r['text'].split())>60: yield r['text'],'',[r['title']]
def cranfield():
    for l in (D/'cranfield/corpus.jsonl').open():
        r=json.loads(l); t=r['text']
        if t.startswith(r['title']): t=t[len(r['title']):].strip(' .')
        if r['title'] and len(t.split())>60: yield t,'',[r['title']]
rng=random.Random(13)
sets={'scitldr':list(scitldr())}
for n,f in(('scifact',scifact),('cranfield',cranfield)):
    rows=list(f()); rng.shuffle(rows); sets[n]=rows[:600]
NOV=re.compile(r'(?!x)x')
conf={'all':{}, 'no AIM':{'AIM':0},'no OWN':{'OWN':0},'no AIM,OWN':{'AIM':0,'OWN':0},'no LEAD':{'LEAD':0},'no AIM,OWN,TITLE':{'AIM':0,'OWN':0,'TITLE_WORDS':0},'COMMON+LEAD only':{'AIM':0,'OWN':0,'TITLE_WORDS':0,'LONG':0,'SHORT':0,'OPEN':0},'no LONG,SHORT':{'LONG':0,'SHORT':0}}
base={k:getattr(C,k) for k in('AIM','OWN','TITLE_WORDS','COMMON','LEAD','LONG','SHORT','OPEN')}
out={}
for name,rows in sets.items():
    for c,ch in conf.items():
        for k,v in {**base,**ch}.items(): setattr(C,k,v)
        sc=[]
        for text,title,gold in rows:
            ev=C.central(Document(page_content=text,metadata={'source':'x','title':title}))
            best=C.choose(ev,1)
            sc.append(rouge(' '.join(ev[i].text for i in best),gold) if best else {'rouge1':0,'rouge2':0,'rougeL':0})
        out[name,c]=tuple(round(100*mean(s[k] for s in sc),2) for k in('rouge1','rouge2','rougeL'))
        print(name,len(rows),c,out[name,c],flush=True)
    ls=[]
    from ragkit.text.sentences import sentences
    for text,title,gold in rows:
        s,e=sentences(text)[0]; ls.append(rouge(text[s:e],gold))
    print(name,'lead',tuple(round(100*mean(s[k] for s in ls),2) for k in('rouge1','rouge2','rougeL')),flush=True)
