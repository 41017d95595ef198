"""Portuguese.

Origin: negation after Cunha and Cintra, Nova gramática do português contemporâneo, adverbs and indefinites;
opposites, numbers and phrases were written for ragkit. No labelled data in Portuguese were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 6 of 6 faithful replies accepted.
Amounts and directions were written for ragkit: of 51 changed sentences (``benchmarks/planted.py``, by the same writer)
all are contradicted for certain, of the unchanged ones none.
"""

from __future__ import annotations

from ragkit.text.rules import Pattern, anywhere, before, pairs, symbols, values, words
from ragkit.text.rules.kinds import Amounts, Directions, LanguageRules, Negation, Orders, Replies, TableWords

RULES = LanguageRules(
    code="pt",
    # Cunha and Cintra, Nova gramática do português contemporâneo: adverbs of negation, negative indefinites, nem, sem.
    negation=Negation(words("não nunca jamais tampouco nada ninguém nenhum nenhuma nenhuns nenhumas nem sem")),
    articles=words("o a os as um uma uns umas do da dos das no na nos nas"),
    opposites=pairs(
        "mais/menos maior/menor maiores/menores melhor/pior melhores/piores superior/inferior máximo/mínimo",
        "grande/pequeno alto/baixo alta/baixa longo/curto antes/depois primeiro/último primeira/última norte/sul",
        "leste/oeste esquerda/direita aumentou/diminuiu aumento/diminuição subiu/desceu ganhou/perdeu vitória/derrota",
        "sempre/nunca todos/nenhum permitido/proibido permitida/proibida permitidos/proibidos aberto/fechado",
        "aberta/fechada dentro/fora interno/externo mil/milhão milhão/bilhão milhões/bilhões com/sem forte/fraco",
        "rápido/lento verdadeiro/falso possível/impossível positivo/negativo início/fim sobre/sob",
    ),
    number_words={
        word: str(value)
        for value, word in enumerate(
            "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze".split()
        )
        if word != "um"
    }
    | {"dezesseis": "16", "dezasseis": "16", "dezessete": "17", "dezassete": "17", "dezoito": "18", "dezenove": "19"}
    | {
        "dezanove": "19",
        "quatorze": "14",
        "duas": "2",
        "vinte": "20",
        "trinta": "30",
        "quarenta": "40",
        "cinquenta": "50",
        "sessenta": "60",
    }
    | {"setenta": "70", "oitenta": "80", "noventa": "90"},
    months=tuple("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()),
    amounts=Amounts(
        scales=values(
            "cem/cento=100 duzentos/duzentas=200 trezentos/trezentas=300 quatrocentos/quatrocentas=400",
            "quinhentos/quinhentas=500 seiscentos/seiscentas=600 setecentos/setecentas=700 oitocentos/oitocentas=800",
            "novecentos/novecentas=900 mil=1e3 milhão/milhões=1e6 bilhão/bilhões=1e9 trilhão/trilhões=1e12",
            "dúzia/dúzias=12 centena=100 milhar=1e3",
        ),
        joins=words("e de"),
        one=words("um uma"),
        fractions=values(
            "terço/terços=0.33333 quarto/quartos=0.25 quinto/quintos=0.2 sexto/sextos=0.16667",
            "oitavo/oitavos=0.125 décimo/décimos=0.1",
        ),
        halves=words("metade meio meia"),
        times=values("dobro/duplicou/dobrou=2 triplo/triplicou=3"),
        ordinals=values(
            "primeiro/primeira=1 segundo/segunda=2 terceiro/terceira=3 quarto/quarta=4 quinto/quinta=5",
            "sexto/sexta=6 sétimo/sétima=7 oitavo/oitava=8 nono/nona=9 décimo/décima=10",
        ),
        ordinal_ending="º|ª|o|a",
        percent=Pattern(r"\s?(?:%|por cento\b|pontos? percentua(?:l|is))"),
        about=before("cerca de", "aproximadamente", "em torno de", "por volta de", "uns", "umas"),
        over=before("mais de", "pelo menos", "no mínimo", "ao menos", "superior a", "acima de"),
        under=before("quase", "menos de", "até", "no máximo", "inferior a", "abaixo de", "apenas"),
        units=symbols(
            "segundo/segundos=s minuto/minutos=min hora/horas=h dia/dias=d semana/semanas=w mês/meses=mo ano/anos=y",
            "milímetro/milímetros=mm centímetro/centímetros=cm metro/metros=m "
            "quilômetro/quilômetros/quilómetro/quilómetros=km",
            "milha/milhas=mi hectare/hectares=ha grama/gramas=g quilograma/quilogramas/quilo/quilos=kg",
            "miligrama/miligramas=mg tonelada/toneladas=t litro/litros=l mililitro/mililitros=ml euro/euros=€",
            "dólar/dólares=$ libra/libras=£ centavo/centavos/cêntimo/cêntimos=ct iene/ienes=¥ gigabyte/gigabytes=GB",
            "megabyte/megabytes=MB watt/watts=W quilowatt/quilowatts=kW megawatt/megawatts=MW grau/graus=° "
            "nó/nós=kn volt/volts=V",
        ),
        clock=values("meio-dia=720 meia-noite=0"),
        hour=Pattern(r"(?<=às )(\d{1,2}) ?h(?:oras)?\b"),
        days=("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
        of_date=words("de do"),
        decade=Pattern(r"\b(?:anos|década de) (\d{3}0|\d0)\b"),
        centuries=words("século séculos"),
        before_christ=Pattern(r"\s?a\. ?C\b"),
    ),
    directions=Directions(
        connective=Pattern(
            r"\W*(?:e|mas|no entanto|porém|além disso|também|portanto|assim|de facto|por exemplo"
            r"|segundo (?:a fonte|as fontes|o texto)),?\s+"
        ),
        senses=(
            (
                words("mais maior maiores superior aumentou aumento subiu subida cresceu crescimento"),
                words("menos menor menores inferior diminuiu diminuição desceu queda caiu reduziu redução"),
            ),
            (words("antes anteriormente"), words("depois após posteriormente")),
            (words("primeiro primeira"), words("último última")),
            (words("permitido permitida permite pode"), words("proibido proibida proíbe")),
            (words("norte"), words("sul")),
            (words("leste"), words("oeste")),
            (words("ganhou vitória venceu"), words("perdeu derrota")),
        ),
        scopes=(
            words("todos todas todo toda cada sempre"),
            words("maioria geralmente"),
            words("alguns algumas parte"),
            words("só somente apenas unicamente"),
            words("nenhum nenhuma nunca ninguém"),
        ),
        modal=words(
            "pode podem podia poderia poderiam deve devem deveria deveriam só somente apenas quase talvez",
            "provavelmente salvo se exceto previsto todos todas cada maioria alguns algumas vários muitos",
        ),
        names=pairs("alemanha/alemão estados/americano"),
    ),
    replies=Replies(
        sources=words("fonte fontes documento trecho"),
        denial=anywhere(
            r"\b(?:fontes?|textos?|documentos?|passagens?|trechos?|informações)\b[^.!?]{0,40}\bnão\b[^.!?]{0,15}"
            r"\b(?:menciona\w*|contém|contêm|indica\w*|responde\w*|fornece\w*|diz\w*)\b",
            r"^\W*não sei\b|^\W*não posso responder",
        ),
    ),
    orders=Orders(
        override=anywhere(
            r"\b(?:ignor[ea]m?|esqueç?[ac]\w*|desconsider[ea]m?)\b[^.!?\n]{0,25}"
            r"\b(?:instruções|indicações|ordens|diretrizes|prompts?)\b[^.!?\n]{0,15}"
            r"\b(?:anteriores|acima|prévias|iniciais|recebidas)\b"
        ),
        cues=(
            "ignor",
            "esque",
            "desconsider",
        ),
    ),
    tables=TableWords(yes=words("sim"), no=words("não")),
)
