# Was Sachbearbeitung und Bürger lesen. Gleiche Schlüssel wie en.ftl; ein Test prüft es.

## Zahlen
count-days =
    { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }
count-items =
    { $count ->
        [one] { $count } Vorgang
       *[other] { $count } Vorgänge
    }

## Probleme mit dem, was ankam
problem-P0101 = Das Dokument ist verschlüsselt
problem-P0102 = Das Dokument ist beschädigt
problem-P0103 = Das Dokument ist zu groß
problem-P0104 = Das Lesen hat zu lange gedauert
problem-P0105 = Das Leseprogramm wurde abgebrochen
problem-P0106 = Das Dokument hat zu viele Teile oder Seiten
problem-P0107 = Das Archiv ist verdächtig gepackt
problem-P0201 = Der Absender ist unklar
problem-P0202 = Die Nachricht kommt von einem Automaten
problem-P0301 = Dieses Dateiformat kann nicht gelesen werden
problem-P0302 = Es wurde kein Text gefunden
problem-P0303 = Die Texterkennung hat nicht funktioniert
problem-P0304 = Ein Teil des Dokuments ist nicht lesbar

## Hinweise für die Prüfung
finding-F0101 = Pflichtangabe fehlt
finding-F0102 = Diese Angabe muss bestätigt werden
finding-F0201 = Mehrere Werte kommen in Frage
finding-F0202 = Die Datei enthält einen anderen Wert als der gedruckte Text
finding-F0301 = Eine Regel des Verfahrens schlägt an
finding-F0401 = Der Wert hat nicht die erwartete Form
finding-F0402 = Die Prüfziffer stimmt nicht
finding-F0403 = Der Wert steht nicht zur Auswahl
finding-F0404 = Das Datum ist nicht plausibel
finding-F0501 = Vermutlich schon einmal eingegangen
finding-F0601 = Der Text enthält eine Anweisung an die Maschine
finding-F0701 = Die Frist ist abgelaufen
finding-F0702 = Die Frist läuft bald ab

## Warum ein Vorgang wartet
held-H0101 = Das Sprachmodell fehlt
held-H0102 = Das Sprachmodell ist nicht erreichbar
held-H0103 = Der Ausgang ist nicht erreichbar
held-H0104 = Es ist ungewiss, ob zugestellt wurde
held-H0105 = Die Gegenseite hat abgelehnt
held-H0106 = Die Dienstanweisung erlaubt dieses Modell hier nicht
