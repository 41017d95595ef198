"""Counter-set of hard checks, written for ragkit: faithful rewordings close to their source, and false ones."""

from __future__ import annotations

# Language, source, faithful rewordings: none may be contradicted for certain.
FAITHFUL: list[tuple[str, str, list[str]]] = [
    (
        "en",
        "President Barack Obama signed the Lilly Ledbetter Act on 29 January 2009, nine days after he took office.",
        [
            "Barack Obama signed the Lilly Ledbetter Act on January 29, 2009, nine days after taking office.",
            "President Obama signed the act in January 2009.",
            "On 29 January 2009 the president signed the Lilly Ledbetter Act.",
            "He took office on 20 January 2009.",
        ],
    ),
    (
        "en",
        "Hallow Freight carried 1,240,000 tonnes in 2019 and 1,364,000 tonnes in 2021, most of it grain from Poland.",
        [
            "Hallow Freight carried about 1.24 million tonnes in 2019.",
            "Between 2019 and 2021 the volume grew by 10 %.",
            "Hallow Freight carried 124,000 tonnes more in 2021 than two years before.",
            "Most of what Hallow Freight carried was Polish grain.",
            "Over 1.3 million tonnes were carried in 2021.",
        ],
    ),
    (
        "en",
        "The museum opens at 9:30 am and closes at 6 pm; a ticket costs £12, and children under ten pay half.",
        [
            "The museum opens at half past nine and closes at 18:00.",
            "A child of eight pays £6.",
            "A ticket costs 12 pounds, and children under 10 pay half.",
            "It is open for eight and a half hours a day.",
        ],
    ),
    (
        "en",
        "Of the 240 patients, 80 dropped out before the second visit; the trial, not blinded, lasted 18 months.",
        [
            "A third of the patients dropped out before the second visit.",
            "The trial lasted a year and a half.",
            "160 patients were still there at the second visit.",
            "Of the 240 patients, 80 left before the second visit.",
            "The trial lasted 18 months.",
        ],
    ),
    (
        "en",
        "The treaty was drafted in the 1890s, signed in 1902 and ratified by all nine states before the war.",
        [
            "The treaty was signed at the beginning of the twentieth century.",
            "The treaty, drafted in the 1890s, was signed in 1902.",
            "Before the war, all nine states ratified the treaty.",
            "It was drafted towards the end of the 19th century.",
        ],
    ),
    (
        "en",
        "The disk holds 4 TB, and backups run every two weeks unless the server is not reachable.",
        [
            "The disk holds 4000 GB.",
            "Backups run every 14 days unless the server can't be reached.",
            "Backups run every fortnight unless the server is unreachable.",
        ],
    ),
    (
        "de",
        "Die Werft in Emden baute 2018 sieben Schiffe, davon vier Fähren, und beschäftigte rund 1.200 Menschen.",
        [
            "Die Werft in Emden baute im Jahr 2018 sieben Schiffe, davon vier Fähren.",
            "Die Emder Werft hatte etwa 1200 Beschäftigte und baute 2018 sieben Schiffe.",
            "Drei der sieben Schiffe waren keine Fähren.",
            "2018 beschäftigte die Werft in Emden rund 1,2 Tausend Mitarbeiter.",
        ],
    ),
    (
        "de",
        "Der Umsatz stieg von 2,5 auf 3,0 Millionen Euro, während der Gewinn um ein Drittel sank.",
        [
            "Der Umsatz stieg um 20 Prozent auf 3 Millionen Euro.",
            "Der Gewinn sank um rund 33 %.",
            "Während der Gewinn um ein Drittel sank, stieg der Umsatz um eine halbe Million Euro.",
        ],
    ),
    (
        "de",
        "Das Gebäude am Hafen darf nur mit Genehmigung der Behörde betreten werden; seit 3. Mai 2020 ist es zu.",
        [
            "Das Bauwerk am Hafen darf nur mit Erlaubnis der Behörde betreten werden.",
            "Seit dem 3.5.2020 ist das Gebäude am Hafen zu.",
            "Seit Mai 2020 ist das Gebäude zu.",
        ],
    ),
    (
        "fr",
        "Le tunnel, long de 3,2 km, a été percé entre 1911 et 1914 par 450 ouvriers italiens.",
        [
            "Le tunnel a été percé en trois ans par 450 ouvriers italiens.",
            "Long de 3200 mètres, le tunnel a été percé entre 1911 et 1914.",
            "Les 450 ouvriers venaient d'Italie.",
        ],
    ),
    (
        "es",
        "La cooperativa, fundada en 1958, exporta dos tercios de su aceite, unas 1.500 toneladas, a Alemania.",
        [
            "La cooperativa exporta unas 1500 toneladas de aceite a Alemania.",
            "Cerca del 67 % de su aceite va a Alemania.",
            "Fundada en 1958, la cooperativa exporta aceite a clientes alemanes.",
        ],
    ),
    (
        "it",
        "Il rifugio si trova a 2.450 metri, è aperto da giugno a settembre e ha trentadue posti letto.",
        [
            "Il rifugio ha 32 posti letto e si trova a 2450 metri.",
            "Aperto da giugno a settembre, il rifugio ha trentadue letti.",
            "Il rifugio si trova a circa 2,5 km di altitudine.",
        ],
    ),
    (
        "pt",
        "A linha foi aberta em março de 1932, tem 87 km e transporta cerca de 2,1 milhões de passageiros por ano.",
        [
            "A linha, aberta em 1932, tem 87 quilómetros.",
            "A linha transporta 2,1 milhões de passageiros por ano.",
            "Desde março de 1932 a linha está aberta.",
        ],
    ),
    (
        "nl",
        "De sluis werd in 1876 geopend, kostte 2,4 miljoen gulden en past niet voor schepen langer dan 110 meter.",
        [
            "De sluis kostte 2.400.000 gulden en werd in 1876 geopend.",
            "Voor schepen van meer dan 110 meter past de sluis niet.",
            "De sluis werd aan het einde van de 19e eeuw geopend.",
        ],
    ),
]

# Language, source, false sentence, kind of the finding that must be certain.
FALSE: list[tuple[str, str, str, str]] = [
    (
        "en",
        "The course takes six hours and is free for members.",
        "The course takes six days and costs nothing.",
        "unit",
    ),
    ("en", "They paid $1.7 billion for the chain.", "They bought the chain for $1.7 million.", "money"),
    ("en", "The gate opened on 22 August 1998.", "It was on 2 August 1998 that the gate opened.", "date"),
    ("en", "The permit was issued in March 2022 by the county.", "The county gave its permit in May 2022.", "date"),
    ("en", "Cracks of up to 0.85 mm closed by themselves.", "Even cracks 8.5 mm wide closed.", "measure"),
    ("en", "Members may vote by post.", "Members may not vote by post.", "negation"),
    (
        "en",
        "Exports rose in the north of the country in 2020.",
        "Exports fell in the north of the country in 2020.",
        "opposite",
    ),
    ("en", "Smith sold the mill to Carter in 1871.", "Smith sold the mill to Hooper in 1871.", "name"),
    ("en", "About 515 people live in the village.", "About 516 people live in the village.", "number"),
    ("en", "A ticket costs 12 euros for adults.", "A ticket costs twenty euros for adults.", "money"),
    ("en", "The hall seats at most 300 guests.", "The hall seats at least 300 guests.", "opposite"),
    ("de", "Die Fähre fährt um 15.30 Uhr in Kiel ab.", "Die Fähre fährt um 16.30 Uhr in Kiel ab.", "time"),
    ("de", "Die Brücke wurde am 12. Mai 1961 eröffnet.", "Die Brücke wurde am 12. März 1961 eröffnet.", "date"),
    (
        "de",
        "Der Antrag wurde in Bonn von Frau Keller gestellt.",
        "Der Antrag wurde in Bonn von Frau Maurer gestellt.",
        "name",
    ),
    (
        "de",
        "Es ist so, dass zweiundzwanzig Boote auf dem See und nicht im Hafen sind.",
        "Es ist so, dass zweiunddreißig Boote auf dem See und nicht im Hafen sind.",
        "number",
    ),
    (
        "fr",
        "Le train met deux heures et demie pour Lille.",
        "Le train met trois heures et demie pour Lille.",
        "measure",
    ),
    ("fr", "Quatre-vingt-dix bateaux sont au port.", "Quatre-vingts bateaux sont au port.", "number"),
    ("es", "El barco lleva a los veintidós pasajeros.", "El barco lleva a los veintitrés pasajeros.", "number"),
    ("it", "Nel paese ci sono duemila abitanti.", "Nel paese ci sono tremila abitanti.", "number"),
    ("pt", "O museu fecha às segundas no inverno.", "O museu não fecha às segundas no inverno.", "negation"),
    ("nl", "De boot heeft vijfendertig plaatsen.", "De boot heeft vijfenveertig plaatsen.", "number"),
]
