# German. Same messages and tokens as en-US.ftl.

## Page texts: buttons and the frame around every screen

button-back = Zurück
button-close = Schließen
button-continue = Weiter
button-start = Los geht’s
button-submit = Absenden
button-done = Fertig
button-try-again = Erneut versuchen
progress-label = Fortschritt
language-label = Sprache
connection-lost = Verbindung unterbrochen, neuer Versuch läuft
connection-loading = Wird geladen
start-legal = Wenn Sie fortfahren, stimmen Sie zu:
country-label = Land
country-chosen = Ausgestellt in:

## Page texts: sandbox

sandbox-notice = Testumgebung: Es wird nichts wirklich geprüft
sandbox-outcome = Ergebnis der nächsten Prüfung
sandbox-pass = Prüfungen bestehen
sandbox-fail = Prüfungen scheitern

## Page texts: leaving

dialog-leave-title = Überprüfung verlassen?
dialog-leave-body = Sie sind noch nicht fertig.
dialog-leave-confirm = Verlassen
dialog-leave-stay = Weitermachen
closed-title = Sie haben die Überprüfung verlassen
closed-body = Sie können diese Seite schließen oder dort weitermachen, wo Sie aufgehört haben.
closed-resume = Überprüfung fortsetzen
final-close-hint = Sie können dieses Fenster jetzt schließen.

## Page texts: errors

error-title = Etwas ist schiefgelaufen
error-body = Die Seite konnte nicht geladen werden. Bitte versuchen Sie es gleich noch einmal.
error-try-again = Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.
error-moved-on = Sie haben woanders weitergemacht. Hier ist der aktuelle Stand.

## Page texts: forms

form-choose = Auswählen …
form-optional = (optional)
form-required = Bitte füllen Sie dieses Feld aus.
form-check-fields = Bitte prüfen Sie die markierten Felder.

## Page texts: taking and sending pictures

capture-use-camera = Kamera verwenden
capture-upload = Foto hochladen
capture-sample = Beispielfoto verwenden
capture-keep = Vorhandenes Foto behalten
capture-review-title = Prüfen Sie Ihr Foto
capture-review-document = Ist alles scharf, vollständig und gut lesbar?
capture-review-selfie = Ist Ihr ganzes Gesicht gut zu sehen?
capture-photo-alt = Ihr Foto: %name
capture-use-photo = Dieses Foto verwenden
capture-retake = Neu aufnehmen
capture-sending = Ihr Foto wird gesendet
capture-part-done = Fertig
capture-done-title = Ihre Fotos sind bereit
capture-done-title-one = Ihr Foto ist bereit
capture-done-body = Wenn alles gut aussieht, geht es weiter.
capture-problem-too-large = Diese Datei ist zu groß. Bitte wählen Sie eine kleinere.
capture-problem-too-small = Dieses Foto ist zu klein, um lesbar zu sein. Bitte verwenden Sie ein größeres.
capture-problem-not-image = Diese Datei ist kein Foto, das wir öffnen können. Bitte wählen Sie JPEG oder PNG.
capture-problem-missing = Es fehlt noch ein Foto.
camera-take-photo = Foto aufnehmen
camera-cancel = Abbrechen
camera-switch = Kamera wechseln
camera-starting = Erlauben Sie die Kamera, wenn Ihr Browser fragt
camera-try-again = Kamera erneut versuchen
camera-problem-refused = Wir dürfen Ihre Kamera nicht verwenden. Sie können sie in den Browsereinstellungen erlauben.
camera-problem-absent = Auf diesem Gerät wurde keine Kamera gefunden.
camera-problem-busy = Ihre Kamera ist nicht gestartet. Vielleicht nutzt sie gerade eine andere App.
camera-problem-small = Das Bild dieser Kamera ist zu klein, um lesbar zu sein.
camera-problem-upload = Sie können stattdessen ein Foto hochladen.
camera-problem-other-device = Bitte öffnen Sie den Link auf einem Gerät mit Kamera.
hint-ready = Rahmen ausfüllen und ruhig halten
hint-face = Halten Sie Ihr Gesicht im Rahmen
hint-too-dark = Zu dunkel. Mehr Licht hilft.
hint-too-bright = Zu hell. Weniger Licht hilft.
hint-blurry = Etwas unscharf. Ruhig halten.
hint-glare = Es spiegelt. Etwas kippen.

## Server texts: screens

screen-start-title = Bestätigen wir Ihre Identität
screen-start-body = Das dauert etwa zwei Minuten. Bitte halten Sie Ihren Ausweis bereit.
screen-form-title = Ihre Angaben
screen-form-body = Bitte geben Sie sie so ein, wie sie auf Ihrem Ausweis stehen.
screen-country-select-title = Wo wurde Ihr Ausweis ausgestellt?
screen-country-select-body = Wählen Sie das Land, das Ihr Dokument ausgestellt hat.
screen-government-id-select-title = Wählen Sie Ihren Ausweis
screen-government-id-select-body = Nehmen Sie einen gültigen, den Sie bei sich haben.
screen-government-id-capture-title = Fotografieren Sie Ihren Ausweis
screen-government-id-capture-body = Legen Sie ihn bei gutem Licht auf eine dunkle Fläche.
screen-selfie-capture-title = Jetzt ein Foto von Ihnen
screen-selfie-capture-body = Suchen Sie gutes Licht und nehmen Sie Sonnenbrille oder Hut ab.
screen-processing-title = Einen Moment bitte
screen-processing-body = Wir prüfen Ihre Angaben. Das dauert meist nur wenige Sekunden.
screen-retry-title = Versuchen wir es noch einmal
screen-retry-body = Mit den letzten Fotos konnten wir Sie nicht bestätigen.
screen-completed-title = Alles erledigt
screen-completed-body = Vielen Dank. Wir haben alles, was wir brauchen.
screen-failed-title = Wir konnten Sie nicht bestätigen
screen-failed-body = Falls Sie das für einen Irrtum halten, wenden Sie sich bitte an die Organisation, die Sie hierher geschickt hat.
screen-error-title = Etwas ist schiefgelaufen
screen-error-body = Das lag nicht an Ihnen. Bitte versuchen Sie es noch einmal.
legal-terms = Nutzungsbedingungen
legal-privacy = Datenschutzerklärung

## Server texts: notices that end a visit

notice-link-invalid-title = Dieser Link ist nicht gültig
notice-link-invalid-body = Bitte prüfen Sie, ob der Link vollständig ist, oder fragen Sie die Organisation, die ihn geschickt hat, nach einem neuen.
notice-session-expired-title = Sitzung abgelaufen
notice-session-expired-body = Zu Ihrer Sicherheit endet die Sitzung, wenn Sie die Überprüfung vorzeitig verlassen. Haben Sie auf einem anderen Gerät begonnen, machen Sie bitte dort weiter. Andernfalls bitten Sie die Organisation, die Ihnen den Link geschickt hat, um einen neuen.
notice-expired-title = Dieser Link ist abgelaufen
notice-expired-body = Bitte fragen Sie die Organisation, die ihn geschickt hat, nach einem neuen.
notice-finished-title = Diese Überprüfung ist abgeschlossen
notice-finished-body = Hier ist nichts mehr zu tun. Sie können dieses Fenster schließen.
notice-unavailable-title = Derzeit nicht verfügbar
notice-unavailable-body = Diese Überprüfung kann nicht geöffnet werden. Versuchen Sie es später noch einmal oder wenden Sie sich an die Organisation, die Sie hierher geschickt hat.

## Server texts: parts of a capture

part-front-label = Vorderseite
part-front-hint = Die Seite mit Ihrem Foto. Alle vier Ecken müssen im Bild sein.
part-back-label = Rückseite
part-back-hint = Drehen Sie ihn um. Alle vier Ecken müssen im Bild sein.
part-center-label = Blick geradeaus
part-center-hint = Schauen Sie direkt in die Kamera.
part-left-label = Blick nach links
part-left-hint = Drehen Sie den Kopf ein wenig nach links.
part-right-label = Blick nach rechts
part-right-hint = Drehen Sie den Kopf ein wenig nach rechts.

## Server texts: kinds of documents

id-class-cct = Staatsbürgerschaftsurkunde
id-class-cid = Konsularausweis
id-class-dl = Führerschein
id-class-foid = Ausländerausweis
id-class-hic = Gesundheitskarte
id-class-id = Personalausweis
id-class-ipp = Inlandspass
id-class-keyp = Keypass-Ausweis
id-class-ltpass = Langzeit-Aufenthaltspass
id-class-munid = Kommunaler Ausweis
id-class-myn = My-Number-Karte
id-class-nbi = NBI-Führungszeugnis
id-class-nric = Nationale Registrierungskarte
id-class-ofw = Ausweis für Beschäftigte im Ausland
id-class-rp = Aufenthaltstitel
id-class-pan = PAN-Karte
id-class-pid = Postausweis
id-class-pp = Reisepass
id-class-ppc = Passkarte
id-class-pr = Karte für dauerhaften Aufenthalt
id-class-sss = Sozialversicherungskarte
id-class-td = Reisedokument
id-class-tribalid = Stammesausweis
id-class-umid = Mehrzweckausweis
id-class-vid = Wahlausweis
id-class-visa = Visum
id-class-wp = Arbeitserlaubnis

## Server texts: labels of the built-in fields

field-name-first = Vorname
field-name-middle = Zweiter Vorname
field-name-last = Nachname
field-birthdate = Geburtsdatum
field-email-address = E-Mail-Adresse
field-phone-number = Telefonnummer
field-address-street-1 = Straße und Hausnummer
field-address-street-2 = Adresszusatz
field-address-city = Ort
field-address-subdivision = Bundesland oder Region
field-address-postal-code = Postleitzahl
field-address-country-code = Land
field-identification-class = Art des Ausweises
field-identification-number = Ausweisnummer
field-social-security-number = Sozialversicherungsnummer
field-selected-country-code = Land Ihres Ausweises
field-selected-id-class = Ihre Art von Ausweis
field-current-government-id = Ihr Ausweis
field-current-selfie = Ihr Foto

## Server texts: what is wrong with an entry

problem-required = Bitte füllen Sie dieses Feld aus.
problem-too-long = Bitte höchstens { $max } Zeichen.
problem-invalid-date = Bitte geben Sie ein gültiges Datum ein.
problem-invalid-email = Bitte geben Sie eine gültige E-Mail-Adresse ein.
problem-invalid-phone = Bitte geben Sie eine gültige Telefonnummer mit Ländervorwahl ein.
problem-invalid-number = Bitte geben Sie eine Zahl ein.
problem-invalid-choice = Bitte wählen Sie eine der Möglichkeiten.

## Server texts: what to do better on the next try

retry-hint-glare = Ihr Ausweis hat gespiegelt. Kippen Sie ihn vom Licht weg.
retry-hint-blur = Das Foto war unscharf. Halten Sie still, bis die Kamera scharf stellt.
retry-hint-portrait-not-found = Das Porträt auf Ihrem Ausweis war nicht zu sehen. Fotografieren Sie die Seite mit Ihrem Bild.
retry-hint-id-not-readable = Ihr Ausweis war nicht lesbar. Füllen Sie den Rahmen, und lassen Sie nichts verdeckt oder abgeschnitten.
retry-hint-barcode-not-readable = Der Code auf der Rückseite war nicht lesbar. Fotografieren Sie ihn flach und aus der Nähe.
retry-hint-same-side = Beide Fotos zeigten dieselbe Seite. Drehen Sie den Ausweis für das zweite um.
retry-hint-face-not-found = Ihr Gesicht war nicht zu sehen. Schauen Sie zum Licht und kommen Sie etwas näher.
retry-hint-multiple-faces = Es war mehr als ein Gesicht zu sehen. Bitte seien Sie allein im Bild.
retry-hint-face-covered = Ihr Gesicht war verdeckt. Nehmen Sie Brille, Maske und Hut ab.
retry-hint-pose = Ihr Kopf war nicht wie gewünscht gedreht. Folgen Sie dem Pfeil.
