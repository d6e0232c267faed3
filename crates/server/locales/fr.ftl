# French. Same messages and tokens as en-US.ftl.

## Page texts: buttons and the frame around every screen

button-back = Retour
button-close = Fermer
button-continue = Continuer
button-start = Commencer
button-submit = Envoyer
button-done = Terminer
button-try-again = Réessayer
progress-label = Progression
language-label = Langue
connection-lost = Connexion perdue, nouvelle tentative
connection-loading = Chargement
start-legal = En continuant, vous acceptez :
country-label = Pays
country-chosen = Pays d’émission :

## Page texts: sandbox

sandbox-notice = Bac à sable : rien n’est réellement vérifié
sandbox-outcome = Résultat de la prochaine vérification
sandbox-pass = Réussir les vérifications
sandbox-fail = Échouer aux vérifications

## Page texts: leaving

dialog-leave-title = Quitter la vérification ?
dialog-leave-body = Vous n’avez pas encore terminé.
dialog-leave-confirm = Quitter
dialog-leave-stay = Rester ici
closed-title = Vous avez quitté la vérification
closed-body = Vous pouvez fermer cette page ou reprendre là où vous vous étiez arrêté.
closed-resume = Reprendre la vérification
final-close-hint = Vous pouvez maintenant fermer cette fenêtre.

## Page texts: errors

error-title = Un problème est survenu
error-body = Impossible de charger cette page. Veuillez réessayer dans un instant.
error-try-again = Cela n’a pas fonctionné. Veuillez réessayer.
error-moved-on = Vous avez continué ailleurs. Voici où vous en êtes.

## Page texts: forms

form-choose = Choisir…
form-optional = (facultatif)
form-required = Veuillez remplir ce champ.
form-check-fields = Veuillez vérifier les champs signalés.

## Page texts: taking and sending pictures

capture-use-camera = Utiliser l’appareil photo
capture-upload = Importer une photo
capture-sample = Utiliser une photo d’exemple
capture-keep = Garder la photo actuelle
capture-review-title = Vérifiez votre photo
capture-review-document = Tout est-il net, entier et bien lisible ?
capture-review-selfie = Voit-on bien tout votre visage ?
capture-photo-alt = Votre photo : %name
capture-use-photo = Utiliser cette photo
capture-retake = Reprendre
capture-sending = Envoi de votre photo
capture-part-done = Terminé
capture-done-title = Vos photos sont prêtes
capture-done-title-one = Votre photo est prête
capture-done-body = Si tout vous convient, vous pouvez continuer.
capture-problem-too-large = Ce fichier est trop volumineux. Veuillez en choisir un plus petit.
capture-problem-too-small = Cette photo est trop petite pour être lue. Veuillez en utiliser une plus grande.
capture-problem-not-image = Ce fichier n’est pas une photo lisible. Veuillez choisir un JPEG ou un PNG.
capture-problem-missing = Il manque encore une photo.
camera-take-photo = Prendre la photo
camera-cancel = Annuler
camera-switch = Changer de caméra
camera-starting = Autorisez la caméra lorsque votre navigateur le demande
camera-try-again = Réessayer la caméra
camera-problem-refused = Nous ne pouvons pas utiliser votre caméra. Vous pouvez l’autoriser dans les réglages du navigateur.
camera-problem-absent = Aucune caméra n’a été trouvée sur cet appareil.
camera-problem-busy = Votre caméra n’a pas démarré. Une autre application l’utilise peut-être.
camera-problem-small = L’image de cette caméra est trop petite pour être lue.
camera-problem-upload = Vous pouvez importer une photo à la place.
camera-problem-other-device = Veuillez ouvrir ce lien sur un appareil doté d’une caméra.
hint-ready = Remplissez le cadre et ne bougez plus
hint-face = Gardez le visage dans le cadre
hint-too-dark = Trop sombre. Ajoutez de la lumière.
hint-too-bright = Trop lumineux. Réduisez la lumière.
hint-blurry = Un peu flou. Ne bougez plus.
hint-glare = Il y a un reflet. Inclinez un peu.

## Server texts: screens

screen-start-title = Vérifions votre identité
screen-start-body = Cela prend environ deux minutes. Gardez votre pièce d’identité à portée de main.
screen-form-title = Vos informations
screen-form-body = Saisissez-les telles qu’elles figurent sur votre pièce d’identité.
screen-country-select-title = Où votre pièce d’identité a-t-elle été délivrée ?
screen-country-select-body = Choisissez le pays qui a délivré votre document.
screen-government-id-select-title = Choisissez votre pièce d’identité
screen-government-id-select-body = Prenez-en une valide que vous avez avec vous.
screen-government-id-capture-title = Photographiez votre pièce d’identité
screen-government-id-capture-body = Posez-la sur une surface sombre, bien éclairée.
screen-selfie-capture-title = Maintenant, une photo de vous
screen-selfie-capture-body = Trouvez un bon éclairage et retirez lunettes de soleil ou chapeau.
screen-processing-title = Un instant, s’il vous plaît
screen-processing-body = Nous vérifions vos éléments. Cela ne prend en général que quelques secondes.
screen-retry-title = Essayons encore une fois
screen-retry-body = Les dernières photos ne nous ont pas permis de vous vérifier.
screen-completed-title = C’est terminé
screen-completed-body = Merci. Nous avons tout ce qu’il nous faut.
screen-failed-title = Nous n’avons pas pu vous vérifier
screen-failed-body = Si vous pensez qu’il s’agit d’une erreur, contactez l’organisation qui vous a dirigé ici.
screen-error-title = Un problème est survenu
screen-error-body = Vous n’y êtes pour rien. Veuillez réessayer.
legal-terms = Conditions d’utilisation
legal-privacy = Politique de confidentialité

## Server texts: notices that end a visit

notice-link-invalid-title = Ce lien n’est pas valide
notice-link-invalid-body = Vérifiez que le lien est complet, ou demandez-en un nouveau à l’organisation qui vous l’a envoyé.
notice-session-expired-title = Session expirée
notice-session-expired-body = Pour votre sécurité, quitter avant la fin ferme la session. Si vous avez commencé sur un autre appareil, continuez sur celui-ci. Sinon, demandez un nouveau lien à l’organisation qui vous l’a envoyé.
notice-expired-title = Ce lien a expiré
notice-expired-body = Veuillez en demander un nouveau à l’organisation qui vous l’a envoyé.
notice-finished-title = Cette vérification est terminée
notice-finished-body = Il n’y a plus rien à faire ici. Vous pouvez fermer cette fenêtre.
notice-unavailable-title = Indisponible pour le moment
notice-unavailable-body = Cette vérification ne peut pas être ouverte. Réessayez plus tard ou contactez l’organisation qui vous a dirigé ici.

## Server texts: parts of a capture

part-front-label = Recto
part-front-hint = La face avec votre photo. Les quatre coins doivent être visibles.
part-back-label = Verso
part-back-hint = Retournez-la. Les quatre coins doivent être visibles.
part-center-label = De face
part-center-hint = Regardez droit vers la caméra.
part-left-label = Tourné vers la gauche
part-left-hint = Tournez légèrement la tête vers votre gauche.
part-right-label = Tourné vers la droite
part-right-hint = Tournez légèrement la tête vers votre droite.

## Server texts: kinds of documents

id-class-cct = Certificat de citoyenneté
id-class-cid = Carte consulaire
id-class-dl = Permis de conduire
id-class-foid = Carte d’identité d’étranger
id-class-hic = Carte d’assurance maladie
id-class-id = Carte d’identité
id-class-ipp = Passeport intérieur
id-class-keyp = Carte Keypass
id-class-ltpass = Permis de séjour de longue durée
id-class-munid = Carte d’identité municipale
id-class-myn = Carte My Number
id-class-nbi = Attestation NBI
id-class-nric = Carte nationale d’enregistrement
id-class-ofw = Carte de travailleur à l’étranger
id-class-rp = Titre de séjour
id-class-pan = Carte PAN
id-class-pid = Carte d’identité postale
id-class-pp = Passeport
id-class-ppc = Carte passeport
id-class-pr = Carte de résident permanent
id-class-sss = Carte de sécurité sociale
id-class-td = Document de voyage
id-class-tribalid = Carte d’identité tribale
id-class-umid = Carte d’identité polyvalente
id-class-vid = Carte d’électeur
id-class-visa = Visa
id-class-wp = Permis de travail

## Server texts: labels of the built-in fields

field-name-first = Prénom
field-name-middle = Deuxième prénom
field-name-last = Nom de famille
field-birthdate = Date de naissance
field-email-address = Adresse e-mail
field-phone-number = Numéro de téléphone
field-address-street-1 = Adresse
field-address-street-2 = Complément d’adresse
field-address-city = Ville
field-address-subdivision = Région ou département
field-address-postal-code = Code postal
field-address-country-code = Pays
field-identification-class = Type de pièce d’identité
field-identification-number = Numéro de la pièce d’identité
field-social-security-number = Numéro de sécurité sociale
field-selected-country-code = Pays de votre pièce d’identité
field-selected-id-class = Votre type de pièce d’identité
field-current-government-id = Votre pièce d’identité
field-current-selfie = Votre photo

## Server texts: what is wrong with an entry

problem-required = Veuillez remplir ce champ.
problem-too-long = { $max } caractères au maximum.
problem-invalid-date = Veuillez saisir une date valide.
problem-invalid-email = Veuillez saisir une adresse e-mail valide.
problem-invalid-phone = Veuillez saisir un numéro de téléphone valide, avec l’indicatif du pays.
problem-invalid-number = Veuillez saisir un nombre.
problem-invalid-choice = Veuillez choisir une des options.

## Server texts: what to do better on the next try

retry-hint-glare = Il y avait un reflet sur votre pièce. Inclinez-la pour éviter la lumière.
retry-hint-blur = La photo était floue. Restez immobile le temps de la mise au point.
retry-hint-portrait-not-found = Le portrait n’était pas visible. Photographiez la face avec votre photo.
retry-hint-id-not-readable = Votre pièce n’était pas lisible. Remplissez le cadre, sans rien couvrir ni couper.
retry-hint-barcode-not-readable = Le code au verso n’était pas lisible. Photographiez-le à plat et de près.
retry-hint-same-side = Les deux photos montraient la même face. Retournez la pièce pour la seconde.
retry-hint-face-not-found = Votre visage n’était pas visible. Faites face à la lumière et approchez-vous.
retry-hint-multiple-faces = Il y avait plusieurs visages. Soyez seul sur la photo.
retry-hint-face-covered = Votre visage était couvert. Retirez lunettes, masque et chapeau.
retry-hint-pose = Votre tête n’était pas tournée comme demandé. Suivez la flèche.
