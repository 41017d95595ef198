"""Spanish.

Origin: negation after Real Academia Española, Nueva gramática de la lengua española (2009), chapter 48;
opposites, numbers and phrases were written for ragkit. No labelled data in Spanish were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 6 of 6 faithful replies accepted.
Amounts and directions were written for ragkit: of 51 changed sentences (``benchmarks/planted.py``, by the same writer)
all are contradicted for certain, of the unchanged ones none.
"""

from __future__ import annotations

from ragkit.text.rules import Pattern, anywhere, before, pairs, symbols, values, words
from ragkit.text.rules.kinds import (
    Amounts,
    Directions,
    LanguageRules,
    Negation,
    Orders,
    Questions,
    Replies,
    Routing,
    TableWords,
)

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
    | {"noventa": "90"}
    | {
        word: str(value)
        for value, word in enumerate(
            "veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho "
            "veintinueve".split(),
            21,
        )
    },
    months=tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()),
    amounts=Amounts(
        scales=values(
            "cien/ciento=100 doscientos/doscientas=200 trescientos/trescientas=300 cuatrocientos/cuatrocientas=400",
            "quinientos/quinientas=500 seiscientos/seiscientas=600 setecientos/setecientas=700",
            "ochocientos/ochocientas=800 novecientos/novecientas=900 mil=1e3 millón/millones=1e6",
            "billón/billones=1e12 docena/docenas=12 centenar=100 millar=1e3",
        ),
        joins=words("y de"),
        one=words("un una uno"),
        fractions=values(
            "tercio/tercios=0.33333 cuarto/cuartos=0.25 quinto/quintos=0.2 sexto/sextos=0.16667",
            "octavo/octavos=0.125 décimo/décimos=0.1",
        ),
        halves=words("mitad medio media"),
        times=values("doble/duplicado/duplicó=2 triple/triplicado/triplicó=3"),
        ordinals=values(
            "primero/primera/primer=1 segundo/segunda=2 tercero/tercera/tercer=3 cuarto/cuarta=4 quinto/quinta=5",
            "sexto/sexta=6 séptimo/séptima=7 octavo/octava=8 noveno/novena=9 décimo/décima=10",
        ),
        ordinal_ending="º|ª|o|a|er",
        percent=Pattern(r"\s?(?:%|por ciento\b|puntos? porcentual(?:es)?)"),
        about=before("unos", "unas", "alrededor de", "aproximadamente", "cerca de", "en torno a", "aprox\\."),
        over=before("más de", "al menos", "por lo menos", "como mínimo", "superior a", "super\\w+ los"),
        under=before("casi", "menos de", "hasta", "como máximo", "a lo sumo", "inferior a", "apenas"),
        units=symbols(
            "segundo/segundos=s minuto/minutos=min hora/horas=h día/días=d semana/semanas=w mes/meses=mo año/años=y",
            "milímetro/milímetros=mm centímetro/centímetros=cm metro/metros=m kilómetro/kilómetros=km milla/millas=mi",
            "hectárea/hectáreas=ha gramo/gramos=g kilogramo/kilogramos/kilo/kilos=kg miligramo/miligramos=mg",
            "tonelada/toneladas=t litro/litros=l mililitro/mililitros=ml euro/euros=€ dólar/dólares=$ libra/libras=£",
            "céntimo/céntimos=ct yen/yenes=¥ gigabyte/gigabytes=GB megabyte/megabytes=MB vatio/vatios=W",
            "kilovatio/kilovatios=kW megavatio/megavatios=MW grado/grados=° nudo/nudos=kn voltio/voltios=V",
        ),
        clock=values("mediodía=720 medianoche=0"),
        hour=Pattern(r"(?<=a las )(\d{1,2})\b(?![:.]\d)"),
        days=tuple("lunes martes miércoles jueves viernes sábado domingo".split()),
        of_date=words("de del"),
        decade=Pattern(r"\b(?:años|década de(?:l| los)?)(?: los)? (\d{3}0|\d0)\b"),
        centuries=words("siglo siglos"),
        before_christ=Pattern(r"\s?a\. ?(?:de )?C\b"),
    ),
    directions=Directions(
        connective=Pattern(
            r"\W*(?:y|pero|sin embargo|además|también|por tanto|por lo tanto|así|en efecto|por ejemplo"
            r"|según (?:la fuente|las fuentes|el texto)),?\s+"
        ),
        senses=(
            (
                words("más mayor mayores superior aumentó aumento aumentado aumenta subió subida creció crecimiento"),
                words(
                    "menos menor menores inferior disminuyó disminución disminuido bajó bajada cayó caída redujo "
                    "reducción descenso"
                ),
            ),
            (words("antes previamente anterior"), words("después luego posterior tras")),
            (words("primero primera primer"), words("último última")),
            (words("permitido permitida permite permiten puede"), words("prohibido prohibida prohíbe prohíben")),
            (words("norte"), words("sur")),
            (words("este"), words("oeste")),
            (words("ganó ganado victoria"), words("perdió perdido derrota")),
        ),
        scopes=(
            words("todos todas todo toda cada siempre"),
            words("mayoría generalmente sobre-todo"),
            words("algunos algunas parte unos unas"),
            words("solo sólo solamente únicamente"),
            words("ningún ninguno ninguna nunca nadie"),
        ),
        modal=words(
            "puede pueden podía podría podrían debe deben debería deberían solo sólo casi solamente quizás tal-vez",
            "probablemente salvo si excepto previsto todos todas cada mayoría algunos algunas varios muchos",
        ),
        names=pairs("alemania/alemán países/neerlandés estados/estadounidense"),
    ),
    questions=Questions(
        goes_on=anywhere(r"^\W*(?:(?:y|pero|o)\W+)?(?:qué (?:hay|pasa) (?:de|con)|para|sobre)\s+"),
        small_talk=anywhere(
            r"^\W*(?:(?:hola|buen[oa]s (?:días|tardes|noches)|(?:muchas )?gracias|adiós|hasta luego|vale|de acuerdo"
            r"|perfecto|ok)\b\W*)+$",
            r"^\W*(?:quién (?:eres|es usted)|qué (?:puedes|puede|sabes) hacer|cómo est(?:ás|á usted))\W*$",
        ),
    ),
    routing=Routing(
        overview=anywhere(
            r"\b(?:resum(?:e|en|ir|a|enes)|resúmeme|síntesis|panorama|visión general)\b",
            r"\b(?:principales|puntos clave|ideas clave) ?(?:puntos|ideas|temas|conclusiones)?\b",
        ),
        asking=words(
            "tema temas breve corto dame",
            "haz contenido puntos tratan hablan contienen",
        ),
        about=anywhere(r"\b(?:de qué|sobre qué) (?:trata\w*|habla\w*|va)\b", r"\bqué temas\b", r"\bqué contiene\w*\b"),
        collection=anywhere(
            r"\b(?:los|estos|mis|nuestros|todos los|la|esta)\s+(?:documentos|archivos|textos|ficheros|colección"
            r"|carpeta)\b",
        ),
        document=anywhere(r"\b(?:documento|archivo|informe|artículo|manual|guía|acta)\b"),
        listing=anywhere(
            r"^\W*(?:lista|enumera|enumere)\b(?: (?:todos|todas|los|las))*",
            r"^\W*(?:dame|muestra|muéstrame|nombra|busca) tod[oa]s l[oa]s\b",
            r"\b(?:en )?(?:qué|cuántos) (?:documentos|archivos|informes|textos)\b(?: (?:mencionan|hablan de|tratan de"
            r"|contienen|citan))?",
        ),
        compares=anywhere(
            r"\bcompar(?:a|e|ar|ación)\b", r"\bdiferencias?\b[^?]*\bentre\b", r"\ben común\b", r"\bamb[oa]s\b"
        ),
        sides=(
            Pattern(r"\bcompar(?:a|e|ar)\s+(?P<a>.+?)\s+(?:con|y)\s+(?P<b>.+?)(?P<aspect>)\W*$"),
            Pattern(r"\bdiferencias?\b(?P<aspect>.*?)\bentre\s+(?P<a>.+?)\s+y\s+(?P<b>.+?)\W*$"),
        ),
        aggregate=anywhere(
            r"\b(?:cuánt[oa]s?|en total|suma|promedio|media|número (?:de|total)|porcentaje)\b",
            r"\b(?:el|la|los|las) (?:\w+ )?(?:más|menos|mayor|menor)\b",
            r"\b(?:más|menos|antes|después|desde)\s+(?:de\s+|que\s+)?\d",
        ),
        code=anywhere(
            r"\b(?:función|funciones|métodos?|clases?|módulos?|argumentos?|parámetros?|código(?: fuente)?)\b"
        ),
        itself=anywhere(
            r"\bqué es ragkit\b",
            r"\bqué (?:archivos|formatos|tipos de archivos)\b[^?]*\b(?:leer|lees|ragkit|admit\w+)\b",
            r"\bcuántos (?:documentos|archivos)\b[^?]*\b(?:indexados|en el índice|hay|conoces)\W*$",
            r"\bqué modelo\b",
        ),
    ),
    replies=Replies(
        sources=words("fuente fuentes documento fragmento"),
        about=anywhere(
            r"^\W*(?:las|los|la|el|este|esta|estos|estas) (?:\w+ )?(?:fuentes?|textos?|documentos?|pasajes?"
            r"|fragmentos?)\b",
            r"\bno se (?:\w+ )?(?:indica|menciona|explica|dice|especifica|da)n?\W*$",
        ),
        denial=anywhere(
            rf"\b{_SOURCES}\b[^.!?]{{0,50}}\bno (?:\w+ ){{0,2}}(?:menciona|contiene|indica|responde|proporciona|dice"
            rf"|incluye"
            r"|aparece|especifica|ofrece|habla|aclara|señala|permite|facilita|precisa|figura)\w*\b",
            rf"\bno\b[^.!?]{{0,40}}\b(?:hay|existe|se \w+|aparece|figura|está|consta"
            rf"|encuentro)\b[^.!?]{{0,60}}\b(?:en|de) "
            rf"(?:\w+ ){{1,2}}{_SOURCES}\b",
            r"^\W*(?:[^.!?]{0,30}, )?no (?:lo )?sé\b"
            r"|^\W*(?:[^.!?]{0,30}, )?no puedo (?:\w+ )?(?:responder (?:a |la )?"
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
