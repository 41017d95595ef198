"""Sentences in five languages, written for ragkit, in which ``citations.py`` plants false changes."""

from __future__ import annotations

SENTENCES = {
    "fr": """
        Le pont de Kervan, inauguré en 1974, mesure 412 mètres et relie l'île au port de Landrec.
        En 2019, la société Morel a vendu 38 000 bicyclettes, dont la plupart en Belgique.
        Le musée est ouvert du mardi au dimanche et reçoit plus de 90 000 visiteurs par an.
        Selon Claire Fontanel, le contrat a été signé à Lyon avant la fin de la guerre.
        La température peut dépasser 45 degrés en août, ce qui n'est pas rare dans la région de Sfax.
        Le conseil municipal a rejeté le projet par 17 voix contre 12 en présence du maire Paul Aubry.
        L'usine de Rouvray emploie 650 personnes et a augmenté sa production de 12 % en 2021.
        Le premier train entre Paris et Strasbourg partait à 6 heures et arrivait après midi.
        Les membres ne peuvent pas voter par correspondance lors de l'assemblée de Nantes.
        Jean Derville est né à Bordeaux en 1888 et est mort à Genève en 1951.
        La loi de 1905 est toujours en vigueur dans le nord du pays, sauf en Alsace.
        Le vaccin a été testé sur 3 200 patients au Canada, où il n'a pas causé d'effets graves.
        La banque Valmont avait prêté 4,5 millions d'euros à la commune de Brissac.
        Le lac de Serval est le plus grand du canton et sa profondeur atteint 160 mètres.
        Après la victoire de 1811, le général Roussel a été nommé gouverneur de Malte.
        Le festival, qui a lieu à Avignon en juillet, compte 1 400 spectacles.
        """,
    "es": """
        El puente de Olmeda, inaugurado en 1974, mide 412 metros y une la isla con el puerto de Villar.
        En 2019 la empresa Moreno vendió 38.000 bicicletas, la mayoría en Portugal.
        El museo está abierto de martes a domingo y recibe más de 90.000 visitantes al año.
        Según Clara Fuentes, el contrato fue firmado en Bilbao antes del final de la guerra.
        La temperatura puede superar los 45 grados en agosto, lo que no es raro en la región de Sfax.
        El ayuntamiento rechazó el proyecto por 17 votos contra 12 en presencia del alcalde Pablo Arana.
        La fábrica de Robledo tiene 650 empleados y aumentó su producción un 12 % en 2021.
        El primer tren entre Madrid y Valencia salía a las 6 y llegaba después del mediodía.
        Los socios no pueden votar por correo en la asamblea de Murcia.
        Juan Delgado nació en Sevilla en 1888 y murió en Ginebra en 1951.
        La ley de 1905 está en vigor en el norte del país, salvo en Navarra.
        La vacuna fue probada en 3.200 pacientes de Canadá, donde no causó efectos graves.
        El banco Valmonte prestó 4,5 millones de euros al municipio de Brihuega.
        El lago de Cerval es el mayor de la provincia y tiene una profundidad de 160 metros.
        Tras la victoria de 1811, el general Rosales fue nombrado gobernador de Malta.
        El festival, que se celebra en Mérida en julio, tiene 140 espectáculos.
        """,
    "it": """
        Il ponte di Olmedo, inaugurato nel 1974, è lungo 412 metri e collega l'isola al porto di Villara.
        Nel 2019 la ditta Moretti ha venduto 38.000 biciclette, la maggior parte in Austria.
        Il museo è aperto da martedì a domenica e riceve più di 90.000 visitatori all'anno.
        Secondo Chiara Fontana, il contratto è stato firmato a Torino prima della fine della guerra.
        La temperatura può superare i 45 gradi in agosto, cosa che non è rara nella regione di Sfax.
        Il comune ha respinto il progetto con 17 voti contro 12 in presenza del sindaco Paolo Arese.
        La fabbrica di Rovello ha 650 dipendenti e nel 2021 ha aumentato la produzione del 12 %.
        Il primo treno tra Milano e Verona partiva alle 6 e arrivava dopo mezzogiorno.
        I soci non possono votare per posta all'assemblea di Modena.
        Giovanni Delfino è nato a Napoli nel 1888 ed è morto a Ginevra nel 1951.
        La legge del 1905 è sempre in vigore nel nord del paese, tranne in Istria.
        Il vaccino è stato provato su 3.200 pazienti in Canada, dove non ha causato effetti gravi.
        La banca Valmonte aveva prestato 4,5 milioni di euro al comune di Brisighella.
        Il lago di Cerval è il maggiore della provincia e ha una profondità di 160 metri.
        Dopo la vittoria del 1811, il generale Rosselli è stato nominato governatore di Malta.
        Il festival, che si tiene a Spoleto in luglio, ha 140 spettacoli.
        """,
    "pt": """
        A ponte de Olmeda, inaugurada em 1974, tem 412 metros e liga a ilha ao porto de Vilar.
        Em 2019 a empresa Moreira vendeu 38.000 bicicletas, a maioria em Espanha.
        O museu está aberto de terça-feira a domingo e recebe mais de 90.000 visitantes por ano.
        Segundo Clara Fontes, o contrato foi assinado em Braga antes do fim da guerra.
        A temperatura pode passar de 45 graus em agosto, o que não é raro na região de Sfax.
        A câmara rejeitou o projeto por 17 votos contra 12 na presença do presidente Paulo Arantes.
        A fábrica de Roriz tem 650 empregados e aumentou a produção em 12 % em 2021.
        O primeiro comboio entre Lisboa e Coimbra saía às 6 e chegava depois do meio-dia.
        Os sócios não podem votar por correio na assembleia de Viseu.
        João Delgado nasceu em Évora em 1888 e morreu em Genebra em 1951.
        A lei de 1905 está em vigor no norte do país, exceto na Madeira.
        A vacina foi testada em 3.200 doentes no Canadá, onde não causou efeitos graves.
        O banco Valmonte tinha emprestado 4,5 milhões de euros ao município de Bragança.
        O lago de Cerval é o maior do distrito e tem uma profundidade de 160 metros.
        Depois da vitória de 1811, o general Rosado foi nomeado governador de Malta.
        O festival, que decorre em Sines em julho, tem 140 espetáculos.
        """,
    "nl": """
        De brug bij Olmen, geopend in 1974, is 412 meter lang en verbindt het eiland met de haven van Vilder.
        In 2019 verkocht het bedrijf Moerman 38.000 fietsen, de meeste in Denemarken.
        Het museum is open van dinsdag tot zondag en heeft meer dan 90.000 bezoekers per jaar.
        Volgens Klara Fonteyn was het contract in Utrecht getekend voor het einde van de oorlog.
        De temperatuur kan in augustus boven de 45 graden komen, wat in de streek van Sfax niet zeldzaam is.
        De gemeente heeft het plan met 17 stemmen tegen 12 afgewezen in het bijzijn van burgemeester Paul Arends.
        De fabriek in Rovers heeft 650 werknemers en heeft in 2021 de productie met 12 % verhoogd.
        De eerste trein tussen Amsterdam en Groningen was om 6 uur klaar en reed na de middag terug.
        De leden kunnen op de vergadering in Tilburg niet per post stemmen.
        Jan Delfgauw is in Leiden geboren in 1888 en is in Zwolle gestorven in 1951.
        De wet van 1905 is in het noorden van het land altijd van kracht, behalve in Zeeland.
        Het vaccin is in Canada getest bij 3.200 mensen, waar het geen ernstige gevolgen heeft gehad.
        De bank Valmont had 4,5 miljoen euro geleend aan de gemeente Breskens.
        Het meer van Cervel is het grootste van de provincie en heeft een diepte van 160 meter.
        Na de overwinning van 1811 was generaal Roskam gouverneur van Malta.
        Het festival, dat in juli in Deventer is, heeft 140 voorstellingen.
        """,
}  # fmt: skip

# A negation put in, and taken out.
NEGATED = {
    "en": ((r"\b(is|are|was|were|has|have|had|can|could|would|will|may)\b", r"\1 not"),
           (r"\b(is|are|was|were|has|have|had|can|could|would|will|may|did|does|do) not\b", r"\1")),
    "de": ((r"\b(ist|sind|war|waren|wurde|wurden|hat|hatte|kann|konnte)\b", r"\1 nicht"), (r" nicht\b", "")),
    "fr": ((r"\b(mesure|peut|avait|compte|sont|partait|reçoit)\b", r"ne \1 pas"), (r"\bn(?:e |')(\w+) pas\b", r"\1")),
    "es": ((r"\b(es|fue|está|tiene|puede|mide|vendió|rechazó|nació|prestó)\b", r"no \1"), (r"\bno ", "")),
    "it": ((r"\b(è|ha|può|aveva|riceve|collega|partiva)\b", r"non \1"), (r"\bnon ", "")),
    "pt": ((r"\b(é|foi|está|tem|pode|tinha|vendeu|rejeitou|nasceu)\b", r"não \1"), (r"\bnão ", "")),
    "nl": ((r"\b(is|was|heeft|had|kan|kunnen|verkocht)\b", r"\1 niet"), (r" niet\b", "")),
}  # fmt: skip

OPPOSITES = {
    "en": "more/fewer largest/smallest first/last before/after increased/decreased higher/lower north/south east/west "
    "always/never most/few early/late million/billion highest/lowest above/below older/younger won/lost",
    "de": "mehr/weniger größte/kleinste größten/kleinsten erste/letzte ersten/letzten vor/nach höher/niedriger "
    "Norden/Süden Osten/Westen über/unter Millionen/Milliarden früher/später",
    "fr": "plus/moins premier/dernier avant/après nord/sud augmenté/diminué millions/milliards grand/petit "
    "victoire/défaite toujours/jamais ouvert/fermé",
    "es": "más/menos primer/último antes/después norte/sur aumentó/disminuyó victoria/derrota mayor/menor "
    "abierto/cerrado",
    "it": "più/meno primo/ultimo prima/dopo nord/sud aumentato/diminuito milioni/miliardi vittoria/sconfitta "
    "maggiore/minore sempre/mai aperto/chiuso",
    "pt": "mais/menos primeiro/último antes/depois norte/sul aumentou/diminuiu vitória/derrota maior/menor "
    "aberto/fechado",
    "nl": "meer/minder eerste/laatste voor/na noorden/zuiden miljoen/miljard overwinning/nederlaag grootste/kleinste "
    "altijd/nooit open/gesloten boven/onder",
}
