"""Spanish.

Origin: negation after Real Academia Española, Nueva gramática de la lengua española (2009), chapter 48;
opposites, numbers and phrases were written for ragkit. No labelled data in Spanish were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 6 of 6 faithful replies accepted.
"""

from __future__ import annotations

from ragkit.text.rules import anywhere, pairs, words
from ragkit.text.rules.kinds import LanguageRules, Negation, Orders, Questions, Replies, TableWords

_SOURCES = r"(?:fuentes?|textos?|documentos?|pasajes?|fragmentos?|extractos?|contexto|información|materiales)"

RULES = LanguageRules(
    code="es",
    # RAE, Nueva gramática de la lengua española, chapter 48 (La negación): no, ni, the negative quantifiers and sin.
    # "nada" also is a form of nadar, which hardly ever stands where a negation is put in or left out.
    negation=Negation(
        words(
            "no nunca jamás tampoco nada nadie ningún ninguno ninguna ningunos ningunas ni sin",
        )
    ),
    articles=words("el la los las un una unos unas lo del al"),
    opposites=pairs(
        "más/menos mayor/menor mayores/menores mejor/peor mejores/peores superior/inferior máximo/mínimo",
        "máxima/mínima grande/pequeño alto/bajo alta/baja largo/corto larga/corta antes/después primero/último",
        "primera/última primer/último norte/sur este/oeste izquierda/derecha aumentó/disminuyó aumento/disminución",
        "aumenta/disminuye subió/bajó subida/bajada ganó/perdió victoria/derrota siempre/nunca todos/ninguno",
        "permitido/prohibido permitida/prohibida permitidos/prohibidos abierto/cerrado abierta/cerrada dentro/fuera",
        "interno/externo mil/millón millones/miles con/sin fuerte/débil rápido/lento verdadero/falso",
        "posible/imposible positivo/negativo comienzo/fin inicio/fin sobre/bajo",
    ),
    number_words={
        word: str(value)
        for value, word in enumerate(
            "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
            "diecisiete dieciocho diecinueve veinte".split()
        )
        if word != "uno"
    }
    | {"treinta": "30", "cuarenta": "40", "cincuenta": "50", "sesenta": "60", "setenta": "70", "ochenta": "80"}
    | {"noventa": "90"},
    months=tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()),
    questions=Questions(
        goes_on=anywhere(r"^\W*(?:(?:y|pero|o)\W+)?(?:qué (?:hay|pasa) (?:de|con)|para|sobre)\s+"),
        small_talk=anywhere(
            r"^\W*(?:(?:hola|buen[oa]s (?:días|tardes|noches)|(?:muchas )?gracias|adiós|hasta luego|vale|de acuerdo"
            r"|perfecto|ok)\b\W*)+$",
            r"^\W*(?:quién (?:eres|es usted)|qué (?:puedes|puede|sabes) hacer|cómo est(?:ás|á usted))\W*$",
        ),
    ),
    replies=Replies(
        sources=words("fuente fuentes documento fragmento"),
        denial=anywhere(
            rf"\b{_SOURCES}\b[^.!?]{{0,50}}\bno (?:\w+ ){{0,2}}(?:menciona|contiene|indica|responde|proporciona|dice"
            rf"|incluye"
            r"|aparece|especifica|ofrece|habla|aclara|señala|permite|facilita|precisa|figura)\w*\b",
            rf"\bno\b[^.!?]{{0,40}}\b(?:hay|existe|se \w+|aparece|figura|está|consta"
            rf"|encuentro)\b[^.!?]{{0,60}}\b(?:en|de) "
            rf"(?:\w+ ){{1,2}}{_SOURCES}\b",
            r"^\W*(?:[^.!?]{0,30}, )?no (?:lo )?sé\b|^\W*(?:[^.!?]{0,30}, )?no puedo (?:\w+ )?(?:responder (?:a |la )?"
            r"(?:esta |esa |su |tu )?(?:pregunta|con|a partir|basándome)|responder\W*$|determinar|encontrar|decir)\b",
            r"^\W*(?:[^.!?]{0,30}, )?no (?:he encontrado|encuentro|encontré|tengo)\b[^.!?]{0,20}\b(?:información"
            r"|respuesta"
            r"|datos?|mención)\b",
            r"\bno es posible (?:responder|determinar|saber|establecer)\b|^\W*no hay (?:suficiente )?(?:información"
            r"|datos) "
            r"(?:sobre|acerca|suficientes?)\b",
        ),
    ),
    orders=Orders(
        override=anywhere(
            r"\b(?:ignor[ae]n?|olvid[ae]n?|olvídate de|haz caso omiso de|omit[ae]n?)\b[^.!?\n]{0,25}"
            r"\b(?:instrucciones|indicaciones|órdenes|directrices|prompts?)\b[^.!?\n]{0,15}"
            r"\b(?:anteriores|previas|de arriba|recibidas|iniciales)\b"
        ),
        machine=anywhere(r"\b(?:eres|actúa como|usted es)\b[^.!?\n]{0,20}\b(?:IA|modelo de lenguaje|chatbot)\b"),
        cues=(
            "ignor",
            "olvid",
            "caso omiso",
            "omit",
            "eres",
            "actúa como",
            "usted es",
        ),
    ),
    tables=TableWords(yes=words("sí"), no=words("no")),
)
