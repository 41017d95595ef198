"""What English questions want to be done; written for ragkit, measured by ``benchmarks/routes.py``."""

from __future__ import annotations

from ragkit.text.rules import Pattern, anywhere, words
from ragkit.text.rules.kinds import Routing

_PLEASE = r"^\W*(?:(?:please|can you|could you|would you|will you|now|so|and|i want you to|i(?:['’]d| would) like)\W+)*"
_DOCUMENTS = (
    r"(?:documents?|files?|papers?|e-?mails?|mails?|letters?|reports?|articles?|passages?|sections?|pages?|minutes"
    r"|policies|notes|chapters?|texts?|sources?|readmes?|filings?|manuals?)"
)
_MENTION = (
    r"(?:(?:that|which|do|does|all)\s+)*(?:mention|talk|discuss|contain|refer|deal|say|cover|speak|describe|address"
    r"|concern|are about|is about|speaks? of)\w*(?:\s+(?:about|to|with|of|something|anything))*"
)
_ITSELF = r"(?:you|ragkit|this (?:tool|program|system|assistant|index|bot))"

ROUTING = Routing(
    overview=anywhere(
        r"\b(?:summari[sz]e|sum(?:ming)? up|tl;?dr|recap)\b",
        r"\b(?:summary|overview|outline|synopsis|gist|digest)(?: (?:of|over|about|on)\b|\W*$)",
        r"\b(?:main|key|central|most important|major|chief) (?:points?|topics?|ideas?|messages?|findings?"
        r"|takeaways?"
        r"|themes?|subjects?) (?:of|in|from|covered|made)\b",
    ),
    asking=words(
        "topic topics subject subjects theme themes area areas kind kinds sort cover covers covered contain "
        "contains say says tell deal deals treat treats discuss discusses describe describes",
        "address information about short brief quick long one paragraph sentence sentences point points "
        "bullet give write make get need want main key please contents content overall general",
    ),
    about=anywhere(
        r"\bwhat(?:['’]s| is| are| was) [^?]*\babout\W*$",
        r"\bwhat (?:do|does|did) [^?]* (?:cover|contain|deal with|talk about|discuss|describe|address)\W*$",
        r"\b(?:what|which) (?:kinds? of )?(?:topics?|subjects?|themes?|areas?|questions?|information)\b[^?]*"
        r"\b(?:cover(?:s|ed)?|treat(?:s|ed)?|discuss(?:es|ed)?|contain(?:s|ed)?|found|in|here)\b",
        r"\b(?:tell|explain to) me (?:more )?about\b",
    ),
    collection=anywhere(
        r"\b(?:the|this|these|those|all|my|our|your|whole|entire|indexed)\s+(?:(?:the|of|my|our|these|whole"
        r"|entire"
        r"|indexed|different)\s+)*(?:collection|corpus|library|index|archive|knowledge base|folder|material"
        r"|documents|files|papers|articles|reports|texts|readmes|filings)\b",
        r"\b(?:everything|all of (?:it|this|them)|in here)\b",
    ),
    document=anywhere(rf"\b(?:{_DOCUMENTS}|pdf|document|sheet|guide|policy|procedure|handbook|mail)\b"),
    listing=anywhere(
        rf"{_PLEASE}(?:list|enumerate)\b(?:\s+(?:me|out|up|all|every|each|the|of|them|any)\b)*"
        rf"(?:\s+{_DOCUMENTS}\s+(?:{_MENTION}|about|on|with|of|mentioning)\b)?",
        rf"{_PLEASE}(?:show|give|find|get|name|tell|return|collect)(?: me| us)?\s+(?:a (?:full "
        rf"|complete )?list of"
        rf"|all|every|each|everything)\b(?:\s+(?:the|of|about|on|that|we have|there is)\b)*"
        rf"(?:\s*{_DOCUMENTS}\s+(?:{_MENTION}|about|on|with|of|mentioning|in which|where)\b)?",
        rf"\b(?:in )?(?:what|which|how many)\s+(?:of (?:the|our|these)\s+)?{_DOCUMENTS}\s+{_MENTION}",
        rf"\b(?:in )?(?:which|how many) (?:of (?:the|our|these) )?{_DOCUMENTS}\s+(?:is|are|does|do)\b",
        rf"\b(?:all|every|each) (?:the |of the )?(?:{_DOCUMENTS}|places?|mentions?|occurrences?|references?)\s+"
        rf"(?:of|to|that|which|where|mentioning|about|on|with)\b(?:\s+{_MENTION})?",
        r"\beverything (?:that )?(?:(?:we|you) have |there is |is )?(?:known |said |written )?(?:about|on)\b",
        r"\bwhat are all (?:of )?(?:the )?",
    ),
    compares=anywhere(
        r"\bcompar(?:e|es|ed|ing|isons?)\b",
        r"\bdifferences?\b[^?]*\bbetween\b",
        r"\bdiffers?(?:ed)?\b",
        r"\bdifferent from\b",
        r"\b(?:versus|vs)\b",
        r"\bin common\b",
        r"\bsimilarit(?:y|ies)\b",
        r"\b(?:do|does|did|are|is|were|was|have|has|can|must|will|may|should)\b[^?]*\bboth\b[^?]*\band\b",
        r"\bwhich (?:one )?of (?:the )?(?:two|three|four|these|those|them|both)\b",
        r"\b(?:which|who|what)\b[^?]*\b(?:more|less|fewer|better|worse|earlier|later|first|(?!other|ever|her|per"
        r"|over|after|under|number|paper|order|member|water|user|power|never|whether|together)\w+er)\b[^?]*[,:;]"
        r"\s*(?:the |an? )?[^?,]+\bor\b",
        r"\bis\b[^?]*\b(?:more|less|(?!other|number|order|paper|member|water)\w+er)\b[^?]*\bthan\b(?![^?]*\d)",
    ),
    sides=(
        Pattern(
            r"\b(?:compare|comparison (?:of|between)|contrast)\s+(?P<a>.+?)\s+(?:with|to|and|against|versus"
            r"|vs\.?)\s+"
            r"(?P<b>.+?)(?P<aspect>\s+(?:in terms of|with respect to|regarding|as to|when it comes to|for"
            r"|on)\s+.+?)?"
            r"\W*$"
        ),
        Pattern(
            r"\bdifferences?\b(?P<aspect>.*?)\bbetween\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\W*$",
        ),
        Pattern(
            r"\bhow (?:do|does|did)\s+(?P<a>.+?)\s+(?:differ from|compare (?:to|with))\s+(?P<b>.+?)"
            r"(?P<aspect>\s+(?:in|on|as to)\s+.+?)?\W*$"
        ),
        Pattern(r"\bhow (?:do|does|did)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?:differ|compare)\b(?P<aspect>.*?)\W*$"),
        Pattern(r"\bwhat (?:do|does|did)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+have in common\W*$"),
        Pattern(
            r"\b(?:do|does|did|are|is|were|was|have|has|can|must|will|may|should)\s+both\s+(?P<a>.+?)\s+and\s+"
            r"(?P<b>(?:the |an? )?\S+(?:\s+(?-i:[A-Z])\S*)*)(?P<aspect>\s+.+?)?\W*$"
        ),
        Pattern(r"^(?P<aspect>(?:which|who|what)\b[^?,:;]*)[,:;]\s*(?P<a>.+?),?\s+or\s+(?P<b>.+?)\W*$"),
        Pattern(r"^\W*(?P<a>.+?)\s+(?:versus|vs\.?)\s+(?P<b>.+?)\W*$"),
    ),
    aggregate=anywhere(
        r"\b(?:how many|how much|(?:al)?together|in (?:total|all)|overall)\b",
        r"\b(?:the )?(?:number|count|sum|total|average|mean|median|maximum|minimum|share|percentage"
        r"|proportion)\b",
        r"\b(?:most|least|highest|lowest|largest|smallest|biggest|greatest|fewest|cheapest|dearest|longest"
        r"|shortest"
        r"|oldest|newest|latest|earliest|most recent|top \d+|first \d+)\b",
        r"\b(?:per|by|for each|for every)\s+\w+\W*$",
        r"\b(?:more|less|fewer|greater|higher|lower|over|under|above|below|before|after|between"
        r"|since)\s+(?:than\s+)?"
        r"[^\w\s]?\d",
    ),
    code=anywhere(
        r"\b(?:functions?|methods?|class(?:es)?|modules?|subclass\w*|arguments?|parameters?|constants?"
        r"|decorators?"
        r"|exceptions?|docstrings?|source code|code ?base|code|regex(?:es)?|return types?|signatures?"
        r"|implement\w*"
        r"|dataclass\w*|api|variables?|constructor|raise[sd]?|call(?:s|ed|er|ers)?|import(?:s|ed)?|defined|return"
        r"(?:s|ed)?)\b",
    ),
    itself=anywhere(
        r"\b(?:what|who)(?:['’]s| is| exactly is) ragkit\b",
        r"\b(?:what|which) (?:kinds? of |types? of )?(?:files?|file types?|(?:file )?formats?|documents"
        r"|languages?)\b"
        rf"[^?]{{0,30}}\b(?:can|do|does|are)\b(?:[^?]{{0,12}}\b{_ITSELF}\b[^?]{{0,12}}|\s+)\b(?:supported|read"
        r"|speak|understand|handle|open|accept|index|support)\b",
        r"\b(?:can|do|does|could) (?:you|ragkit|this (?:tool|program|system)) (?:read|index|speak"
        r"|understand|handle"
        r"|support|process|work with)\b",
        rf"\b(?:which|what) (?:language |embedding |ai )?(?:model|llm|embedder"
        rf"|generator)\b[^?]*\b(?:{_ITSELF}|used"
        r"|running|answers?)\b",
        rf"\b(?:how many|which|what) (?:\w+ )?(?:{_DOCUMENTS}|chunks?)\b[^?]*\b(?:indexed|(?:do|can"
        rf"|have) you\b[^?]*"
        r"|in (?:the|this|your|my) (?:index|collection|corpus|knowledge base|library)|are (?:there|here))\W*$",
        r"\bhow (?:big|large) is (?:the|this|your|my) (?:index|collection|corpus|knowledge base|library)\b",
        r"\bwhere (?:is|are|do you (?:keep|store|have)) (?:the|my|your|this|its) (?:index|indexed|data|collection"
        r"|documents|files)\b[^?]{0,12}(?:stored|kept|saved|located)?\W*$",
        r"\bhow (?:do|can|could|should) (?:i|we) (?:add|index|remove|update|delete|re-?index|ask|search|use|put"
        r"|install)\b[^?]*\b(?:documents?|files?|folders?|the index|this (?:tool|program|system)|you|ragkit"
        r"|questions?)(?: (?:to|from|in|into) (?:the|this|your|my) (?:index|collection))?\W*$",
        rf"\b(?:do|does|did|will|are|is|can) {_ITSELF}\b[^?]*\b(?:offline|internet|network|private|cloud"
        rf"|telemetry"
        r"|upload|send|store|remember|hallucinat\w*|make (?:things|it|that) up|free|open source|trust\w*)\b",
        r"\bwho (?:made|built|wrote|created|develop(?:s|ed)) (?:you|ragkit|this (?:tool|program|system))\b",
        rf"\bhow (?:do|does|can|did) {_ITSELF} (?:work|answer|search|cite|find|know|decide|get)\b",
        rf"\bwhat (?:do|does|can) {_ITSELF} (?:know|do|help|answer)\b[^?]{{0,20}}\W*$",
        r"\b(?:how )?can you help\b(?: me)?\W*$|\bhelp\W*$",
    ),
)
