# English (United States). The complete catalogue; the others follow it message by message.
#
# Page texts are sent to the page as they are: they hold no Fluent variables. Where the page itself puts
# something in, the text has a token: %name is the name of a part of a document or face.
# Server texts are resolved by the server for screens, notices and problems.

## Page texts: buttons and the frame around every screen

button-back = Back
button-close = Close
button-continue = Continue
button-start = Get started
button-submit = Submit
button-done = Done
button-try-again = Try again
progress-label = Progress
language-label = Language
connection-lost = Connection lost, retrying
connection-loading = Loading
start-legal = By continuing you agree to:
country-label = Country
country-chosen = Issued in

## Page texts: sandbox

sandbox-notice = Sandbox: nothing is really checked
sandbox-outcome = Result of the next verification
sandbox-pass = Pass verifications
sandbox-fail = Fail verifications

## Page texts: leaving

dialog-leave-title = Leave the verification?
dialog-leave-body = You have not finished yet.
dialog-leave-confirm = Leave
dialog-leave-stay = Keep going
closed-title = You left the verification
closed-body = You can close this page, or pick up where you stopped.
closed-resume = Continue verification
final-close-hint = You can close this window now.

## Page texts: errors

error-title = Something went wrong
error-body = We could not load this page. Please try again in a moment.
error-try-again = That did not work. Please try again.
error-moved-on = You went on elsewhere. This is where you are now.

## Page texts: forms

form-choose = Choose…
form-optional = (optional)
form-required = Please fill this in.
form-check-fields = Please check the marked fields.

## Page texts: taking and sending pictures

capture-use-camera = Use camera
capture-upload = Upload a photo
capture-sample = Use a sample photo
capture-keep = Keep the photo I have
capture-review-title = Check your photo
capture-review-document = Is everything sharp, complete and easy to read?
capture-review-selfie = Is your whole face easy to see?
capture-photo-alt = Your photo: %name
capture-use-photo = Use this photo
capture-retake = Retake
capture-sending = Sending your photo
capture-part-done = Done
capture-done-title = Your photos are ready
capture-done-title-one = Your photo is ready
capture-done-body = If they look good, you can go on.
capture-problem-too-large = This file is too large. Please choose a smaller one.
capture-problem-too-small = This photo is too small to read. Please use a larger one.
capture-problem-not-image = This file is not a photo we can open. Please choose a JPEG or PNG.
capture-problem-missing = A photo is still missing.
camera-take-photo = Take photo
camera-cancel = Cancel
camera-switch = Switch camera
camera-starting = Allow the camera when your browser asks
camera-try-again = Try the camera again
camera-problem-refused = We may not use your camera. You can allow it in your browser’s settings.
camera-problem-absent = We found no camera on this device.
camera-problem-busy = Your camera did not start. Another app may be using it.
camera-problem-small = This camera’s picture is too small to read.
camera-problem-upload = You can upload a photo instead.
camera-problem-other-device = Please open this link on a device with a camera.
hint-ready = Fill the frame and hold still
hint-face = Keep your face inside the frame
hint-too-dark = Too dark. Try more light.
hint-too-bright = Too bright. Try less light.
hint-blurry = A little blurry. Hold still.
hint-glare = There is glare. Tilt it a little.

## Server texts: screens

screen-start-title = Let’s verify your identity
screen-start-body = It takes about two minutes. Please have your ID ready.
screen-form-title = Your details
screen-form-body = Please enter them as they appear on your ID.
screen-country-select-title = Where was your ID issued?
screen-country-select-body = Choose the country that issued your document.
screen-government-id-select-title = Choose your ID
screen-government-id-select-body = Pick one that is valid and that you have with you.
screen-government-id-capture-title = Photograph your ID
screen-government-id-capture-body = Lay it on a dark surface in good light.
screen-selfie-capture-title = Now a photo of you
screen-selfie-capture-body = Find good light, and take off sunglasses or a hat.
screen-processing-title = One moment, please
screen-processing-body = We are checking what you sent. This usually takes a few seconds.
screen-retry-title = Let’s try that once more
screen-retry-body = We could not verify you with the last photos.
screen-completed-title = You’re all set
screen-completed-body = Thank you. We have everything we need.
screen-failed-title = We could not verify you
screen-failed-body = If you think this is a mistake, please contact the organization that sent you here.
screen-error-title = Something went wrong
screen-error-body = This was not your fault. Please try again.
legal-terms = Terms of service
legal-privacy = Privacy policy

## Server texts: notices that end a visit

notice-link-invalid-title = This link is not valid
notice-link-invalid-body = Please check that the link is complete, or ask the organization that sent it for a new one.
notice-session-expired-title = Session expired
notice-session-expired-body = For your security, leaving before the end closes the session. If you began on another device, go back to it and continue there. Otherwise ask the organization that sent you the link for a new one.
notice-expired-title = This link has expired
notice-expired-body = Please ask the organization that sent it for a new one.
notice-finished-title = This verification is finished
notice-finished-body = There is nothing more to do here. You can close this window.
notice-unavailable-title = Not available right now
notice-unavailable-body = This verification cannot be opened. Please try again later, or contact the organization that sent you here.

## Server texts: parts of a capture

part-front-label = Front
part-front-hint = The side with your photo. All four corners must be in the picture.
part-back-label = Back
part-back-hint = Turn it over. All four corners must be in the picture.
part-center-label = Facing forward
part-center-hint = Look straight into the camera.
part-left-label = Facing left
part-left-hint = Turn your head a little to your left.
part-right-label = Facing right
part-right-hint = Turn your head a little to your right.

## Server texts: kinds of documents

id-class-cct = Certificate of citizenship
id-class-cid = Consular ID
id-class-dl = Driver’s license
id-class-foid = Foreigner ID
id-class-hic = Health insurance card
id-class-id = Identity card
id-class-ipp = Internal passport
id-class-keyp = Keypass ID
id-class-ltpass = Long-term visit pass
id-class-munid = Municipal ID
id-class-myn = My Number card
id-class-nbi = NBI clearance
id-class-nric = National registration card
id-class-ofw = Overseas worker card
id-class-rp = Residence permit
id-class-pan = PAN card
id-class-pid = Postal ID
id-class-pp = Passport
id-class-ppc = Passport card
id-class-pr = Permanent resident card
id-class-sss = Social security card
id-class-td = Travel document
id-class-tribalid = Tribal ID
id-class-umid = Multi-purpose ID
id-class-vid = Voter ID
id-class-visa = Visa
id-class-wp = Work permit

## Server texts: labels of the built-in fields

field-name-first = First name
field-name-middle = Middle name
field-name-last = Last name
field-birthdate = Date of birth
field-email-address = Email address
field-phone-number = Phone number
field-address-street-1 = Street address
field-address-street-2 = Apartment or unit
field-address-city = City
field-address-subdivision = State or province
field-address-postal-code = Postal code
field-address-country-code = Country
field-identification-class = Kind of ID
field-identification-number = ID number
field-social-security-number = Social security number
field-selected-country-code = Country of your ID
field-selected-id-class = Your kind of ID
field-current-government-id = Your ID
field-current-selfie = Your photo

## Server texts: what is wrong with an entry

problem-required = Please fill this in.
problem-too-long = Please use at most { $max } characters.
problem-invalid-date = Please enter a valid date.
problem-invalid-email = Please enter a valid email address.
problem-invalid-phone = Please enter a valid phone number, with country code.
problem-invalid-number = Please enter a number.
problem-invalid-choice = Please choose one of the options.

## Server texts: what to do better on the next try

retry-hint-glare = There was glare on your ID. Tilt it away from the light.
retry-hint-blur = The photo was blurry. Hold still and let the camera focus.
retry-hint-portrait-not-found = We could not see the portrait on your ID. Photograph the side with your picture.
retry-hint-id-not-readable = We could not read your ID. Fill the frame, and leave nothing covered or cut off.
retry-hint-barcode-not-readable = We could not read the code on the back. Photograph it flat and up close.
retry-hint-same-side = Both photos showed the same side. Turn your ID over for the second one.
retry-hint-face-not-found = We could not see your face. Face the light, and come a little closer.
retry-hint-multiple-faces = There was more than one face. Please be alone in the picture.
retry-hint-face-covered = Your face was covered. Take off glasses, masks and hats.
retry-hint-pose = Your head was not turned the way we asked. Follow the arrow.
