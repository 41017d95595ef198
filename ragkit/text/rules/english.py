"""English.

Origin: negation after Quirk et al., A Comprehensive Grammar of the English Language (1985), 10.54 to 10.70; everything
else was written for ragkit. Measured by ``benchmarks/rules.py`` on data that the lists were not made from:

- Negation: of 300 sentences of SQuAD 2 with a negation taken out and 300 with one put in, 1.00 are refused; of 400
  unchanged ones and of 300 without their closing clause, none is. Of freely worded replies (``replies``, 26 that deny
  wrongly, 315 right), it names 2 of 26: a negation in other words is a matter of meaning, not of words. What it names
  in those replies is wrong .35 of the time; nearly all of them fail for their other words as well.
- Opposites: 0 of 27 reversed comparisons in ``replies``, and none of the 315 right sentences: they only see a word
  that was exchanged in a sentence that is copied otherwise.
- Override phrases: 17 of 17 in seven languages; 8 of 24 attacks in other wordings; 0 of 42 ordinary instructions of
  manuals; 1 of 145 104 sentences of ten corpora (which quotes one). BIPIA's 125 attacks hold none.
- Denials: .81 of 48 refusals of MT-RAG-UN (unseen half); 39 of 40 in five languages that were worded before the rules
  were last changed, by the same hand, which makes them easier than a stranger's; 0 of 25 ordinary negative sentences
  worded likewise and 0 of 15 792 sentences of SQuAD, NQ and SciFact; .048 of 332 references of MT-RAG that answer,
  often only in part. The rules before found .75 and 12 of 40, and .033.
- Questions for numbers: precision .88, recall .84 on 2655 questions of NQ; .80 and .77 on 1479 of SQuAD 2. Questions
  with "who": the answer begins with a capital for .92 (NQ) and .77 (SQuAD 2). Follow-ups: found in .42 of 465 later
  turns of MT-RAG, and in .12 of 2655 questions of NQ that stand alone.
Amounts and directions were written for ragkit: of 600 sentences of SQuAD 2 and XQuAD with a number, name, negation or
opposite changed, .980 and .993 are contradicted for certain, of the unchanged ones none (``benchmarks/citations.py``).
"""

from __future__ import annotations

import re

from ragkit.text.rules import Pattern, anywhere, before, pairs, symbols, values, words
from ragkit.text.rules.english_routing import ROUTING
from ragkit.text.rules.kinds import (
    Amounts,
    Directions,
    LanguageRules,
    Negation,
    Orders,
    Questions,
    Replies,
    TableWords,
)

_TOLD = r"(?:instructions?|prompts?|directions|directives|commands)"
_NOUN = (
    r"(?:sources?(?: materials?)?|texts?|passages?|documents?|documentation|contexts?|excerpts?|snippets?|materials?"
    r"|information|evidence)"
)
_DETERMINED = (
    r"(?:(?:the|these|those|this|your|any of the|none of the|provided|given|numbered|supplied|available|retrieved)"
    r" ){0,3}"
)
_PROVIDED = (
    r"(?: (?:provided|given|above|here|available|supplied|\[\d+\]|(?:that )?(?:you|i) (?:have )?(?:provided"
    r"|given|gave"
    r"|shared|uploaded|supplied|was given)))?"
)
_NOT = r"(?: not|n['’]t)"
_SAY = (
    r"(?:contain|mention|say|state|provide|give|answer|specify|include|tell|show|address|discuss|indicate|cover"
    r"|explain"
    r"|describe|reveal|clarify|name|offer|allow|permit)"
)
_TOLD_OF = r"(?:information|answers?|mention|evidence|details?|data|references?|indication|context)"
_SORRY = (
    r"(?:(?:i(?:['’]m| am) |i )?(?:very |so )?(?:sorry|afraid|apologi[sz]e|unfortunately|regrettably|however)\b"
    r"[^.!?]{0,30})?"
)
_CANNOT = (
    r"(?:cannot|can['’]t|can not|could not|couldn['’]t|(?:am|was|['’]m) (?:unable|not able) to|wasn['’]t able to"
    r"|do not|don['’]t)"
)
_COUNTED = r"(?:how many|how much|number of)"


RULES = LanguageRules(
    code="en",
    # Quirk et al., A Comprehensive Grammar of the English Language, 10.54 to 10.70 (negation): not and its contracted
    # form, the no-words, neither and nor, without; "hardly" and "barely" deny nearly (10.59).
    negation=Negation(
        words("no not never none nor neither without nobody nothing nowhere hardly barely"),
        separated=(
            (re.compile(r"\bcannot\b", re.IGNORECASE), "can not"),
            (re.compile(r"n['’]t\b", re.IGNORECASE), " not"),
        ),
    ),
    articles=words("the a an"),
    # Written for ragkit from graded and directional adjectives, adverbs and verbs that come in pairs.
    opposites=pairs(
        "more/fewer more/less most/fewest most/least most/few many/few greater/smaller greater/lesser",
        "larger/smaller largest/smallest bigger/smaller biggest/smallest higher/lower highest/lowest high/low",
        "longer/shorter long/short longest/shortest older/younger oldest/youngest old/new earlier/later",
        "early/late earliest/latest first/last former/latter before/after above/below over/under north/south",
        "northern/southern east/west eastern/western northeast/southwest northwest/southeast left/right",
        "increase/decrease increases/decreases increased/decreased increasing/decreasing rise/fall",
        "rises/falls rose/fell grew/shrank gain/lose gained/lost won/lost win/lose wins/loses success/failure",
        "successful/unsuccessful succeeded/failed always/never all/none all/some million/billion",
        "thousand/million billion/trillion hundred/thousand begin/end began/ended start/end started/ended",
        "beginning/end open/closed opened/closed accept/reject accepted/rejected allow/forbid",
        "allowed/forbidden allowed/prohibited permitted/prohibited legal/illegal possible/impossible",
        "true/false positive/negative include/exclude included/excluded including/excluding inside/outside",
        "within/outside internal/external public/private male/female men/women man/woman son/daughter",
        "brother/sister father/mother king/queen he/she his/her supported/opposed support/oppose",
        "supports/opposes ally/enemy victory/defeat strong/weak stronger/weaker strongest/weakest hot/cold",
        "warm/cold fast/slow faster/slower better/worse best/worst majority/minority maximum/minimum",
        "rural/urban ancient/modern former/current rich/poor richest/poorest cheap/expensive light/heavy",
        "light/dark north/east north/west south/east south/west day/night summer/winter morning/evening",
        "buy/sell bought/sold import/export imports/exports imported/exported easy/difficult easier/harder",
        "common/rare frequently/rarely often/rarely often/seldom",
    ),
    number_words={
        word: str(value)
        for value, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen twenty".split()
        )
    }
    | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90"},
    number_like=words("dozen half hundred thousand million"),
    plural="s",
    months=tuple("january february march april may june july august september october november december".split()),
    amounts=Amounts(
        scales=values("hundred=100 thousand=1e3 million/mn=1e6 billion/bn=1e9 trillion=1e12 dozen=12"),
        joins=words("and"),
        one=words("a an one"),
        fractions=values(
            "half/halves=0.5 third/thirds=0.33333 quarter/quarters/fourth/fourths=0.25 fifth/fifths=0.2",
            "sixth/sixths=0.16667 seventh/sevenths=0.14286 eighth/eighths=0.125 ninth/ninths=0.11111 tenth/tenths=0.1",
        ),
        halves=words("half"),
        times=values(
            "double/doubled/doubling/twofold=2 triple/tripled/threefold/treble/trebled=3",
            "quadruple/quadrupled/fourfold=4 fivefold=5 tenfold=10 halved/halving=0.5",
        ),
        ordinals=values(
            "first=1 second=2 third=3 fourth=4 fifth=5 sixth=6 seventh=7 eighth=8 ninth=9 tenth=10 eleventh=11",
            "twelfth=12 thirteenth=13 fourteenth=14 fifteenth=15 sixteenth=16 seventeenth=17 eighteenth=18",
            "nineteenth=19 twentieth=20",
        ),
        ordinal_ending="st|nd|rd|th",
        percent=Pattern(r"\s?-?(?:%|per ?cent\b|percentage points?\b|points?\b)"),
        about=before(
            "about",
            "around",
            "roughly",
            "approximately",
            "approx\\.?",
            "some",
            "circa",
            "c\\.",
            "ca\\.",
            "close to",
            "near",
            "or so",
            "estimated",
            "in the region of",
            "on the order of",
            "average of",
        ),
        over=before(
            "over",
            "more than",
            "above",
            "at least",
            "upwards of",
            "in excess of",
            "no fewer than",
            "no less than",
            "exceed(?:s|ed|ing)?",
            "beyond",
            "greater than",
            "larger than",
            "longer than",
            "older than",
            "minimum of",
        ),
        under=before(
            "nearly",
            "almost",
            "under",
            "less than",
            "fewer than",
            "below",
            "not quite",
            "up to",
            "at most",
            "barely",
            "no more than",
            "shy of",
            "short of",
            "within",
            "as much as",
            "as many as",
            "maximum of",
            "smaller than",
        ),
        units=symbols(
            "second/seconds=s minute/minutes=min hour/hours/hr/hrs=h day/days/night/nights=d week/weeks=w",
            "month/months=mo year/years/yr/yrs=y",
            "millimetre/millimetres/millimeter/millimeters=mm centimetre/centimetres/centimeter/centimeters=cm",
            "metre/metres/meter/meters=m kilometre/kilometres/kilometer/kilometers=km mile/miles=mi foot/feet=ft",
            "yard/yards=yd inch/inches=in acre/acres=ac hectare/hectares=ha",
            "gram/grams/gramme/grammes=g kilogram/kilograms/kilo/kilos=kg milligram/milligrams=mg tonne/tonnes/tons=t",
            "ounce/ounces=oz litre/litres/liter/liters=l millilitre/millilitres/milliliter/milliliters=ml",
            "gallon/gallons=gal dollar/dollars=$ euro/euros=€ pound/pounds=£ pence=p cent/cents=ct yen=¥",
            "gigabyte/gigabytes=GB megabyte/megabytes=MB terabyte/terabytes=TB kilobyte/kilobytes=KB",
            "byte/bytes=B bit/bits=bit kilowatt/kilowatts=kW megawatt/megawatts=MW gigawatt/gigawatts=GW watt/watts=W",
            "degree/degrees=° knot/knots=kn volt/volts=V",
        ),
        clock=values("noon/midday=720 midnight=0"),
        hour=Pattern(r"\b(\d{1,2}) o['’]clock"),
        days=tuple("monday tuesday wednesday thursday friday saturday sunday".split()),
        of_date=words("of"),
        decade=Pattern(r"\b(\d{3}0)['’]?s\b|(?<!\w)['’](\d0)s\b|\bthe (?:\w+ )?(\d0)s\b"),
        centuries=words("century centuries"),
        before_christ=Pattern(r"\s?(?:BC|BCE|B\.C\.)", 0),
    ),
    directions=Directions(
        connective=Pattern(
            r"\W*(?:and|but|so|however|also|moreover|furthermore|therefore|thus|additionally|in addition|in fact"
            r"|indeed|as a result|consequently|specifically|for example|for instance"
            r"|according to the (?:sources?|text|passages?|documents?)),?\s+"
        ),
        senses=(
            (
                words(
                    "more greater larger bigger higher increase increases increased increasing rise rises rose risen",
                    "rising grow grows grew grown growing growth climb climbed climbs gain gained gains up doubled",
                    "expand expanded exceeded exceeds outnumber outnumbered added raised raise raises lifted",
                ),
                words(
                    "less fewer smaller lower decrease decreases decreased decreasing fall falls fell fallen falling",
                    "decline declines declined declining drop drops dropped shrink shrank shrunk down halved reduced",
                    "reduce reduces reduction cut lowered slipped slid sank",
                ),
            ),
            (
                words("before earlier previously prior precede preceded until"),
                words("after later following subsequently since followed"),
            ),
            (words("first earliest oldest"), words("last latest newest")),
            (
                words("most highest largest biggest greatest maximum best strongest"),
                words("fewest lowest smallest least minimum worst weakest"),
            ),
            (
                words("allow allows allowed permit permits permitted may"),
                words("forbid forbids forbidden prohibit prohibits prohibited ban banned bans refuse refused"),
            ),
            (words("include includes included including"), words("exclude excludes excluded excluding except")),
            (words("north northern"), words("south southern")),
            (words("east eastern"), words("west western")),
            (words("win wins won victory"), words("lose loses lost defeat")),
            (
                words("accept accepted accepts approve approved approves support supported supports"),
                words("reject rejected rejects deny denied denies oppose opposed opposes"),
            ),
            (words("succeed succeeded success successful"), words("fail failed fails failure unsuccessful")),
        ),
        scopes=(
            words("all every everyone everybody each always entire whole any"),
            words("most majority mostly usually generally chiefly mainly"),
            words("some several few sometimes part partly certain occasionally"),
            words("only solely exclusively alone just"),
            words("none no never nobody neither"),
        ),
        modal=words(
            "may might can could must should shall would will only almost nearly hardly barely rarely seldom",
            "allegedly reportedly possibly probably perhaps unless if except planned expected claimed",
            "estimated about roughly partly mostly mainly all every each most some many several few any both either",
        ),
        names=pairs(
            "france/french netherlands/dutch holland/dutch spain/spanish poland/polish denmark/danish",
            "switzerland/swiss wales/welsh ireland/irish finland/finnish turkey/turkish england/english",
            "portugal/portuguese netherlands/holland uk/britain uk/british us/american us/america usa/america",
            "usa/american us/states uk/kingdom soviet/ussr",
        ),
    ),
    ordinal_marks=("st", "nd", "rd", "th"),
    questions=Questions(
        goes_on=anywhere(
            r"^\W*(?:(?:and|but|or|so)\W+)?(?:what about|how about|for|about|regarding)\s+",
            r"^\W*(?:and|but|so)\W+(?=(?:who|what|when|where|which|why|how|is|are|was|were|does|do|did|can|may"
            r"|must)\b)",
        ),
        small_talk=anywhere(
            r"^\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|thank(?:s| you)|many thanks"
            r"|cheers|bye|goodbye|see you|ok|okay|great|cool|perfect|nice|got it|never ?mind)\b"
            r"(?: (?:there|all|everyone|again|(?:so|very) much|a lot|later|for (?:the|your|that) \w+))?\W*)+"
            r"(?:(?:that|this|it) (?:helps|helped|(?:was|is) \w+)\W*)?$",
            r"^\W*(?:(?:and )?(?:who|what) (?:exactly )?are you|what(?:['’]s| is) your name"
            r"|how are you(?: doing| today)?|what can (?:you|i) (?:do|ask)(?: for me| here| you)?|what do you do"
            r"|are you (?:a bot|an? ai|human|there))\W*$",
        ),
        number=anywhere(
            r"\bhow (?:many|much|long|old|far|high|large|big|often|tall|deep|quickly|soon|late|early|wide|heavy"
            r"|few)\b",
            r"\b(?:what|which) (?:percent\w*|number|amount|year|day|date|time|age|price|rate|share)\b",
            r"\bwhen\b",
        ),
        kinds=(
            (anywhere(r"\b(?:what|which) (?:percent\w*|share|proportion)\b|\bpercentage\b"), words("percent")),
            (
                anywhere(
                    r"\bhow (?:much|expensive|cheap)\b[^?]*\b(?:costs?|pay|paid|price\w*|charge[ds]?|fees?|earn\w*"
                    r"|worth|money|spen[dt]|salary|allowance|expensive)\b",
                    r"\b(?:what|which)\b[^?]{0,30}\b(?:price|cost|fee|salary|revenues?|net sales|net income|profit"
                    r"|(?:daily |meal |cash |operating )?(?:allowance|expenses?|income))\b",
                    r"\bhow (?:much|large|high|big)\b[^?]*\b(?:revenues?|sales|income|profit|loss|debt|dividends?)\b",
                ),
                words("money"),
            ),
            (anywhere(r"\b(?:at )?(?:what|which) time\b|\bwhat (?:hour|o'clock)\b"), words("time")),
            (
                anywhere(r"^\W*(?:since |until |by |from )?when\b|\b(?:what|which) (?:date|day|year|month)\b"),
                words("date time"),
            ),
            (anywhere(r"\bhow (?:far|tall|deep|wide|high)\b"), words("length")),
            (anywhere(r"\bhow heavy\b|\bhow much\b[^?]*\bweighs?\b"), words("mass")),
            (anywhere(r"\bhow fast\b"), words("speed rate")),
            (anywhere(r"\bhow old\b"), words("time")),
            (
                anywhere(r"\bhow long\b[^?]*\b(?:take|last|wait|valid|have|keep|kept|stay|may|can|must)\b"),
                words("measure"),
            ),
        ),
        counted=anywhere(
            r"\b(?:how many|(?:what|which) (?:is|was|are|were) the number of)\s+((?:[\w-]+\s+)??[\w-]+)\b"
        ),
        polar=Pattern(
            r"^\W*(?:is|are|was|were|am|do|does|did|can|could|may|must|should|shall|will|would|has|have|had)\b(?!.*\bor\b)"
        ),
        yes="yes",
        no="no",
        restricts=anywhere(
            r"\b(?:if|unless|only|except|until|till|provided|hardly|barely|nearly|almost|some|most|few|partly|planned|but"
            r"|expected|former(?:ly)?|no longer|might|should|would|could|perhaps|possibly|usually|sometimes|than|both"
            r"|or)\b"
        ),
        person=Pattern(r"^\W*(?:who|whom|whose)\b"),
        measure=anywhere(r"\b(?:number|amount|age|price|rate|size|percentage|year|century|time|period|level|score)\b"),
        openers=words(
            "what which who whom whose when where why how is are was were be been did do does the a an of in to for"
            " on by",
            "with and or that it he she they this these those there its his her their",
        ),
        joints=anywhere(r",?\s+and\s+(?=(?:who|what|when|where|which|why|how|is|are|does|do|did|can)\b)"),
        follows=anywhere(
            r"\b(?:it|its|they|them|their|theirs|he|she|his|her|hers|him|this|that|these|those|one|ones|here|such"
            r"|same|also"
            r"|else|more|others?|another|then|so|former|latter)\b",
            r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere(?=\W*$)",
            r"^(?:and|but|or|why|how come|what about|how about)\b",
        ),
        newest=anywhere(r"\b(?:latest|newest|(?:most )?recent)\b"),
        ordinals={
            f"{word} {part}": f"q{number}"
            for number, word in enumerate(("first", "second", "third", "fourth"), 1)
            for part in ("quarter", "fiscal quarter")
        },
    ),
    routing=ROUTING,
    replies=Replies(
        sources=words("source sources src document doc passage reference ref citation cite"),
        about=anywhere(
            rf"^\W*(?:both |neither of |all )?{_DETERMINED}{_NOUN}{_PROVIDED} (?:\w+ )?(?:{_SAY}s?|agree"
            r"|disagree|differ|conflict|are|is|do|does)\b",
            rf"\b(?:is|are|was|were){_NOT} (?:\w+ )?(?:stated|said|given|explained|mentioned|specified|reported"
            r"|named)\W*$",
        ),
        denial=anywhere(
            # The sources, or the reader of them, are the subject; "the loaf does not contain nuts" is none.
            rf"^\W*(?:[^,.!?]{{0,40}}, )?(?:\w+ )?{_DETERMINED}{_NOUN}{_PROVIDED}\s+(?:do|does|did){_NOT} (?:\w+"
            rf" )?{_SAY}\b",
            rf"^\W*{_DETERMINED}{_NOUN}{_PROVIDED} only [^.!?]{{0,80}}\b(?:and|but) (?:do|does){_NOT} (?:\w+"
            rf" )?{_SAY}\b",
            rf"^\W*(?:[^,.!?]{{0,40}}, )?{_DETERMINED}{_NOUN}{_PROVIDED} (?:(?:says?|states?|mentions?) nothing\b"
            r"|(?:is|are|remains?) silent\b)",
            rf"\b(?:is|are|was|were|be)(?:{_NOT}| nowhere) (?:\w+ )?(?:in|by|(?:found|mentioned|stated|provided|given"
            rf"|specified"
            rf"|answered|contained|included|discussed|available|covered|clear|possible|evident|addressed)"
            rf"\b[^.!?]{{0,40}}\b(?:in|by|from)) {_DETERMINED}{_NOUN}\b",
            rf"\bnothing\b[^.!?]{{0,60}}\b(?:in|from) {_DETERMINED}{_NOUN}\b",
            rf"\b(?:there (?:is|are|was|were) |there['’]s |contains? |provides? |has |have |gives? )no (?:\w+"
            rf" )?{_TOLD_OF}\b"
            rf"[^.!?]{{0,60}}\b(?:in|from|about)\b[^.!?]{{0,40}}\b{_NOUN}\b",
            rf"^\W*{_DETERMINED}{_NOUN}{_PROVIDED} (?:\w+ )?(?:contains?|provides?|has|have|gives?) no (?:\w+"
            rf" )?{_TOLD_OF}\b",
            rf"^\W*(?:based on|according to|from|given|in|judging by) {_DETERMINED}{_NOUN}[^.!?]{{0,30}},? (?:there"
            rf" (?:is|are)"
            rf" (?:no|nothing)|it(?: is|['’]s) not|no {_TOLD_OF}|i (?:cannot|can['’]t|could not|couldn['’]t))\b",
            rf"\b(?:can{_NOT}|cannot|could{_NOT}) be (?:\w+ )?(?:answered|determined|found|inferred|established"
            rf"|derived"
            rf"|concluded|ascertained)(?:\W*$|\b[^.!?]{{0,40}}\b(?:from|in|by|with|on) {_DETERMINED}{_NOUN}\b)",
            rf"^\W*(?:[^.!?]{{0,30}}, )?{_SORRY}i {_CANNOT} (?:\w+ )?(?:answer|find|tell|determine|see|say|locate"
            rf"|identify"
            r"|provide|assist|help|explain)\b",
            rf"^\W*(?:[^.!?]{{0,30}}, )?{_SORRY}i (?:do|did){_NOT} know(?:\W*$| (?:the answer|how|who|what|when|where"
            rf"|which|why"
            r"|whether|if)\b)",
            rf"^\W*(?:[^.!?]{{0,30}}, )?{_SORRY}i (?:(?:do|did){_NOT} (?:\w+ )?(?:see|find) (?:the|an|any|this"
            rf"|that)\b"
            rf"|do{_NOT} (?:currently )?have (?:a |any )?(?:specific|particular)\b"
            rf"|have (?:found )?no (?:\w+ )?{_TOLD_OF}\b)",
            rf"\bi (?:do|did){_NOT} (?:currently )?have (?:(?:that|any|the|this|specific|detailed|more|enough|such"
            rf"|further"
            rf") ){{0,3}}(?:{_TOLD_OF}|knowledge)\b",
            rf"\b(?:none|neither) of (?:the|these) {_NOUN}[^.!?]{{0,20}}\b(?:mentions?|says?|states?|contains?"
            rf"|answers?"
            r"|gives?|provides?)\b",
            r"\bnot in the sources\b",
            rf"^\W*(?:[^,.!?]{{0,40}}, )?{_SORRY}(?:there is )?no (?:specific |relevant )?information (?:about|on|for"
            r"|regarding)\b",
            rf"^\W*no (?:\w+ )?{_TOLD_OF} (?:is |was |are |were |can be |could be )?(?:available|given|provided"
            rf"|found)"
            rf"(?:\W*$| (?:here|(?:in|from) {_DETERMINED}{_NOUN})\b)",
            r"^\W*not (?:mentioned|stated|specified|provided|given|available)\W*$",
            rf"^\W*(?:there(?: is|['’]s) )?(?:insufficient|not enough|too little) {_TOLD_OF}(?:\W*$| to (?:answer"
            rf"|tell|say)\b)",
        ),
        preamble=Pattern(
            r"^(?:the )?(?:(?:short |final )?answer(?: to (?:this|the) question)?|sources?)(?: is| are)?\s*:\s*",
        ),
        attribution=Pattern(
            r",?\s*\(?\b(?:as\s+(?:stated|mentioned|noted|described|said|shown|indicated|given)\s+(?:in|by)"
            r"|according\s+to)"
            r"(?:\s+(?:the\s+)?sources?)?(?=\s*\[\s*\d)",
        ),
        answer=Pattern(r"^\W*answer\W*[:=]\s*(.+?)\s*\**$", re.IGNORECASE | re.MULTILINE),
        labels=Pattern(r"^\W*(?:(?:standalone|rewritten|last) question|question|instruction)\W*:\s*"),
    ),
    orders=Orders(
        # Instructions are the object, and the verb is an imperative: not "he ignored earlier instructions". What
        # goes on with a condition is a rule for people ("if the alarm sounds", "once the new statute is in force").
        override=anywhere(
            rf"(?<!not )(?<!never )(?<!n't )(?<!to )\b(?:ignore|disregard|forget|override|bypass)\b(?! (?:to|about"
            rf"|that) )"
            rf"[^.!?\n]{{0,25}}\b(?:(?:all|any|every|previous|prior|above|earlier|preceding|original|foregoing|your"
            rf"|system|other) )"
            rf"[^.!?,;\n]{{0,25}}\b{_TOLD}\b(?![^.!?\n]{{0,40}}\b(?:if|once|when|unless|until|in case)\b)",
            rf"(?<!not )(?<!never )(?<!n't )(?<!to )\b(?:ignore|disregard|forget"
            rf"|override)\b[^.!?\n]{{0,20}}\b{_TOLD} (?:above|before|given|you (?:were|have|got))\b"
            r"(?![^.!?\n]{0,40}\b(?:if|once|when|unless|until|in case)\b)",
            r"(?<!to )\b(?:ignore|disregard|forget) (?:everything|all|anything) (?:above|before|(?:that )?(?:came"
            r"|said|written|you (?:were|have been) told))",
            r"\byour (?:new|real|actual|true) (?:task|instructions?|goal|objective|role) (?:is|are)\b",
            r"\binstead of answering (?:the|this|that|any|my|his|her|their) (?:question|user)|\bdo not answer the"
            r" (?:question|user)\b",
            r"\bnew (?:system )?(?:instructions?|directives?|prompt) ?: ",
        ),
        machine=anywhere(
            r"\b(?:you are|act as|pretend to be|behave as|as) (?:now )?(?:an? )?(?:helpful )?(?:AI|artificial"
            r" intelligence"
            r"|language model|LLM|chat ?bot|virtual assistant|GPT\w*|ChatGPT|DAN)\b",
            r"\b(?:AI|language model|LLM|chatbot)s?\b(?: assistants?)?[^.!?\n]{0,60}"
            r"\b(?:must|should|shall|is (?:instructed|asked|told|required))\b[^.!?\n]{0,60}"
            r"\b(?:respond|reply|answer|say|state|tell|recommend|mention|include|output|print|ignore)\b",
            r"\b(?:from now on|starting now|henceforth)\b[^.!?\n]{0,40}\b(?:respond|reply|answer|speak|write|say)\b",
            r"\b(?:output|print|reveal|repeat|show)\b[^.!?\n]{0,20}\b(?:system|hidden|initial) (?:prompt"
            r"|instructions?|message|configuration)\b",
        ),
        cues=(
            "ignore",
            "disregard",
            "forget",
            "overrid",
            "bypass",
            "your ",
            "instead of answering",
            "not answer the",
            "new instruction",
            "new system",
            "new directive",
            "new prompt",
            "you are",
            "act as",
            "pretend",
            "behave as",
            "as a",
            " ai",
            "ai ",
            "llm",
            "language model",
            "chatbot",
            "gpt",
            "from now on",
            "starting now",
            "henceforth",
            "system ",
            "hidden ",
            "initial ",
        ),
    ),
    tables=TableWords(
        total=anywhere(r"\b(?:total|sum|(?:al)?together|in all|overall)\b"),
        average=anywhere(r"\b(?:average|mean|on average)\b"),
        count=anywhere(r"\b(?:how many|count)\b", r"\bthe number of\b"),
        which=Pattern(r"\W*(?:in |at |on |for |of )?(?:which|who|whose|whom)\b"),
        when=anywhere(r"\b(?:when|dates?|days?|months?|years?|how (?:old|long|recent\w*)|after|before)\b"),
        share=anywhere(r"\b(?:share|proportion|ratio|percentage|fraction)\b|\b(?:per ?cent|%) of\b"),
        difference=anywhere(
            r"\bdifferences?\b|\bhow (?:much|many) (?:more|less|fewer|\w+er)\b|\bby how (?:much|many)\b|\bchanged?\b"
        ),
        negated=anywhere(
            r"\b(?:not|never|no(?! more| less| fewer)|without|except|excluding|neither|none|other than)\b|n['’]t\b"
        ),
        present=anywhere(r"\b(?:has|have|with) (?:an?|any|some)\b"),
        median=anywhere(r"\b(?:median|mode|variance|deviation|correlat\w+)\b"),
        relative=anywhere(
            r"\b(?:today|yesterday|tomorrow|now|currently|(?:this|last|next|previous) (?:year|month|week|quarter))\b"
        ),
        group=anywhere(r"\b(per|by|(?:for |in |of )?(?:each|every))\s+(\w+)(?=(?:\s+(\w+))?)"),
        asked=anywhere(r"\bwhat(?:['’]s| is| are| was| were)?\s+the\s+(\w+(?:-\w+)*)"),
        most=anywhere(r"\b(?:(?<!at )most|highest|largest|biggest|greatest|maximum|max|longest|best|dearest|top)\b"),
        least=anywhere(r"\b(?:(?<!at )least|lowest|smallest|fewest|minimum|min|shortest|cheapest|worst)\b"),
        latest=anywhere(r"\b(latest|newest|most recent(?:ly)?|last)\b(?!\s+names?\b)"),
        earliest=anywhere(r"\b(earliest|oldest|first)\b(?!\s+names?\b)"),
        aged=anywhere(r"\b(?:oldest|youngest)\b"),
        top=anywhere(
            r"\b(?:top|first|last|best|largest|highest|lowest|smallest|latest|newest|earliest|oldest|most recent)\s+"
            r"(\d{1,3}|two|three|four|five|ten)\b(?!\s+(?:rows?|lines?|entries|entry)\b)"
        ),
        many=anywhere(r"\b(?:most|fewest)\s+(\w+)"),
        person=anywhere(r"\W*who(?:m|se)?\b"),
        counted=anywhere(rf"\b{_COUNTED}\s+(different\s+|distinct\s+|unique\s+)?(\w+(?:\s+\w+)?)"),
        compares=anywhere(r"\b(?:than|over|under|above|below|exceed\w*)\b"),
        between=("between", "and"),
        at_least=r"at least|no less than|from|since",
        at_most=r"at most|no more than|up to|until",
        more=r"more than|over|above|greater than|after|exceed\w*",
        less=r"less than|fewer than|under|below|before",
        since=words("since"),
        until=words("until"),
        after=words("after"),
        before=words("before"),
        rows="row entry item thing people person record",
        of_questions=(
            "which what who when where how many much number list show give tell total sum altogether overall average"
            " mean "
            "count most highest largest biggest greatest maximum max longest best latest dearest least lowest "
            "smallest "
            "fewest minimum min shortest cheapest earliest worst top first more less than over above under "
            "below after "
            "before up to no greater fewer each per by every row rows table entry entries item items thing things"
            " people "
            "person different distinct unique since until recent recently newest oldest last"
        ),
        neutral=(
            "cost price pay paid charge piece kind type sort state make come get work there amount value figure find "
            "have own look expensive cheap dear list take use together long old new name call belong stand rate made "
            "paid came gave took got high"
        ),
        yes=words("yes true y x ✓"),
        no=words("no false n"),
        identifiers=words("id no number code key ref"),
        sums=r"grand[ -]?total|sub-?totals?|sub totals?|totals?|sum",
        means=r"overall|averages?|mean",
        missing=r"n\.?/?a\.?|none|null|nil|unknown|tbd",
        no_figure=r"n/?[am]\.?|nm|none",
        scales={"k": 1e3, "mn": 1e6, "bn": 1e9},
        money_scales={"m": 1e6, "b": 1e9},  # behind an amount of money; elsewhere m is metres
    ),
    code_wanted=Pattern(
        r"\W*(?:(?:please|can you|could you|now|then)\W+)*(?:write|add|implement|create|generate|make|build|refactor"
        r"|rewrite|complete|extend|fix|port|(?:show|give) (?:me )?(?:code|a function|an example))\b",
    ),
    code_words=anywhere(
        r"\b(?:functions?|methods?|class(?:es)?|code|scripts?|modules?|programs?|snippets?|examples?|implement(?:ed"
        r"|ation)?"
        r"|return(?:s|ed)?|tells?|prints?|takes?|given|using|uses?|that|\d[\d.,]*)\b"
    ),
    unwritten=anywhere(
        r"#.*\b(?:TODO|FIXME|placeholder|your (?:own )?(?:\w+ ){0,3}(?:here|logic|code)|implement (?:this|the actual"
        r"|your)"
        r"|(?:code|logic|rest|implementation) (?:goes )?here|rest of the)\b"
    ),
    own=anywhere(r"\b(?:we|our|this (?:paper|work|article|study|thesis|report|document|guide|policy))\b"),
    junk_titles=Pattern(
        r"^\W*(untitled( document)?|anonymous|unknown|title|document\d*|presentation\d*|slide \d+"
        r"|powerpoint presentation|microsoft (word|powerpoint|excel)( - .*)?)\W*$",
    ),
    numbered_parts=Pattern(r"(?i:item|part|note|section|chapter) [\dIVX]+[A-Z]?[.:]?$", 0),
)
