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
- Denials: .75 of 48 refusals of MT-RAG-UN (unseen half) and 13 of 25 worded last, in five languages; 0 of 25 ordinary
  negative sentences and 0 of 32 812 sentences of SQuAD, NQ and SciFact; .033 of 332 references of MT-RAG that answer,
  often only in part.
- Questions for numbers: precision .88, recall .84 on 2655 questions of NQ; .80 and .77 on 1479 of SQuAD 2. Questions
  with "who": the answer begins with a capital for .92 (NQ) and .77 (SQuAD 2). Follow-ups: found in .42 of 465 later
  turns of MT-RAG, and in .12 of 2655 questions of NQ that stand alone.
"""

from __future__ import annotations

import re

from ragkit.text.rules import Pattern, anywhere, pairs, words
from ragkit.text.rules.kinds import LanguageRules, Negation, Orders, Questions, Replies, TableWords

_TOLD = r"(?:instructions?|prompts?|directions|directives|commands)"
_NOUN = r"(?:sources?|texts?|passages?|documents?|documentation|contexts?|excerpts?|materials?|information|evidence)"
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
    ordinal_marks=("st", "nd", "rd", "th"),
    questions=Questions(
        number=anywhere(
            r"\bhow (?:many|much|long|old|far|high|large|big|often|tall|deep|quickly|soon|late|early|wide|heavy|few)\b",
            r"\b(?:what|which) (?:percent\w*|number|amount|year|day|date|time|age|price|rate|share)\b",
            r"\bwhen\b",
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
    replies=Replies(
        denial=anywhere(
            # The sources, or the reader of them, are the subject; "the loaf does not contain nuts" is none.
            rf"^\W*(?:[^,.!?]{{0,40}}, )?(?:the |these |those |this |any of the |none of the |provided |given "
            rf"|numbered ){{0,3}}"
            rf"{_NOUN}(?: (?:provided|given|above|here|\[\d+\]))?\s+(?:do|does|did)(?: not|n['’]t) (?:\w+ )?"
            r"(?:contain|mention|say|state|provide|give|answer|specify|include|tell|show|address|discuss|indicate)\b",
            rf"\b(?:is|are|was|were) (?:not|n['’]t|nowhere) (?:\w+ )?(?:in|by|found in|mentioned in|stated in"
            rf"|provided in|given in"
            rf"|specified in|answered by|contained in|included in|discussed in|available in) (?:the |these |any of"
            rf" the )?"
            rf"(?:provided |given )?{_NOUN}\b",
            rf"\b(?:there is |contains? |provides? |has |have |gives? )no (?:\w+ )?(?:information|answer|mention"
            rf"|evidence|details?)\b"
            rf"[^.!?]{{0,60}}\b(?:in|from|about)\b[^.!?]{{0,40}}\b{_NOUN}\b",
            rf"^\W*(?:(?:the |these |provided |given ){{0,2}})?{_NOUN} (?:\w+ )?(?:contains?|provides?|has|have"
            rf"|gives?) no (?:\w+ )?(?:information|answer|mention|details?)\b",
            r"^\W*(?:[^.!?]{0,30}, )?(?:(?:i(?:['’]m| am) |i )?(?:sorry|apologi[sz]e"
            r"|unfortunately)\b[^.!?]{0,30})?\bi (?:do not|don['’]t|cannot"
            r"|can['’]t|could not|couldn['’]t|am unable to|am not able to) (?:know\W*$|(?:\w+ )?(?:answer|find|tell"
            r"|determine|see|say)\b)",
            r"\bi (?:do not|don['’]t) (?:currently )?have (?:(?:that|any|the|this|specific|detailed|more|enough|such"
            r"|further) ){0,3}"
            r"(?:information|details?|answer|knowledge)\b",
            r"^\W*(?:(?:i(?:['’]m| am) )?(?:sorry|unfortunately)\b[^.!?]{0,30})?i (?:am|['’]m) (?:unable|not able)"
            r" to (?:answer|assist|help)\b",
            rf"\b(?:none|neither) of (?:the|these) {_NOUN}[^.!?]{{0,20}}\b(?:mentions?|says?|states?|contains?"
            rf"|answers?|gives?|provides?)\b",
            r"\bnot in the sources\b",
            r"^\W*(?:[^,.!?]{0,40}, )?(?:there is )?no (?:specific |relevant )?information (?:about|on|for"
            r"|regarding)\b",
            r"^\W*(?:no (?:relevant )?information (?:is |was )?(?:available|given|provided|found)|not (?:mentioned"
            r"|stated|specified|provided))\W*$",
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
            "count most highest largest biggest greatest maximum max longest best latest dearest least lowest smallest "
            "fewest minimum min shortest cheapest earliest worst top first more less than over above under below after "
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
