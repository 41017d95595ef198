"""Portuguese.

Origin: negation after Cunha and Cintra, Nova gramática do português contemporâneo, adverbs and indefinites;
opposites, numbers and phrases were written for ragkit. No labelled data in Portuguese were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 6 of 6 faithful replies accepted.
"""

from __future__ import annotations

from ragkit.text.rules import anywhere, pairs, words
from ragkit.text.rules.kinds import LanguageRules, Negation, Orders, Replies, TableWords

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
    | {"duas": "2", "vinte": "20", "trinta": "30", "quarenta": "40", "cinquenta": "50", "sessenta": "60"}
    | {"setenta": "70", "oitenta": "80", "noventa": "90"},
    months=tuple("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()),
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
