# Spanish (Mexico). Same messages and tokens as en-US.ftl.

## Page texts: buttons and the frame around every screen

button-back = Atrás
button-close = Cerrar
button-continue = Continuar
button-start = Comenzar
button-submit = Enviar
button-done = Listo
button-try-again = Intentar de nuevo
progress-label = Progreso
language-label = Idioma
connection-lost = Se perdió la conexión, reintentando
connection-loading = Cargando
start-legal = Al continuar, acepta:
country-label = País
country-chosen = Emitido en

## Page texts: sandbox

sandbox-notice = Entorno de pruebas: nada se verifica de verdad
sandbox-outcome = Resultado de la próxima verificación
sandbox-pass = Aprobar verificaciones
sandbox-fail = Rechazar verificaciones

## Page texts: leaving

dialog-leave-title = ¿Salir de la verificación?
dialog-leave-body = Todavía no ha terminado.
dialog-leave-confirm = Salir
dialog-leave-stay = Seguir aquí
closed-title = Salió de la verificación
closed-body = Puede cerrar esta página o retomar donde se quedó.
closed-resume = Continuar la verificación
final-close-hint = Ya puede cerrar esta ventana.

## Page texts: errors

error-title = Algo salió mal
error-body = No pudimos cargar esta página. Inténtelo de nuevo en un momento.
error-try-again = Eso no funcionó. Inténtelo de nuevo.
error-moved-on = Continuó en otro lugar. Aquí está ahora.

## Page texts: forms

form-choose = Elegir…
form-optional = (opcional)
form-required = Complete este campo.
form-check-fields = Revise los campos marcados.

## Page texts: taking and sending pictures

capture-use-camera = Usar la cámara
capture-upload = Subir una foto
capture-sample = Usar una foto de muestra
capture-keep = Conservar la foto que tengo
capture-review-title = Revise su foto
capture-review-document = ¿Todo se ve nítido, completo y fácil de leer?
capture-review-selfie = ¿Se ve bien todo su rostro?
capture-photo-alt = Su foto: %name
capture-use-photo = Usar esta foto
capture-retake = Repetir
capture-sending = Enviando su foto
capture-part-done = Listo
capture-done-title = Sus fotos están listas
capture-done-title-one = Su foto está lista
capture-done-body = Si todo se ve bien, puede continuar.
capture-problem-too-large = Este archivo es demasiado grande. Elija uno más pequeño.
capture-problem-too-small = Esta foto es demasiado pequeña para leerse. Use una más grande.
capture-problem-not-image = No podemos abrir este archivo como foto. Elija un JPEG o PNG.
capture-problem-missing = Todavía falta una foto.
camera-take-photo = Tomar foto
camera-cancel = Cancelar
camera-switch = Cambiar de cámara
camera-starting = Permita el uso de la cámara cuando su navegador lo pida
camera-try-again = Probar la cámara otra vez
camera-problem-refused = No tenemos permiso para usar su cámara. Puede permitirlo en la configuración del navegador.
camera-problem-absent = No encontramos una cámara en este dispositivo.
camera-problem-busy = Su cámara no se inició. Quizá la esté usando otra aplicación.
camera-problem-small = La imagen de esta cámara es demasiado pequeña para leerse.
camera-problem-upload = Puede subir una foto en su lugar.
camera-problem-other-device = Abra este enlace en un dispositivo con cámara.
hint-ready = Llene el marco y no se mueva
hint-face = Mantenga el rostro dentro del marco
hint-too-dark = Muy oscuro. Busque más luz.
hint-too-bright = Demasiada luz. Reduzca la luz.
hint-blurry = Un poco borroso. No se mueva.
hint-glare = Hay reflejo. Inclínelo un poco.

## Server texts: screens

screen-start-title = Verifiquemos su identidad
screen-start-body = Toma unos dos minutos. Tenga a la mano su identificación.
screen-form-title = Sus datos
screen-form-body = Escríbalos como aparecen en su identificación.
screen-country-select-title = ¿Dónde se emitió su identificación?
screen-country-select-body = Elija el país que emitió su documento.
screen-government-id-select-title = Elija su identificación
screen-government-id-select-body = Use una vigente que tenga a la mano.
screen-government-id-capture-title = Fotografíe su identificación
screen-government-id-capture-body = Póngala sobre una superficie oscura con buena luz.
screen-selfie-capture-title = Ahora, una foto de usted
screen-selfie-capture-body = Busque buena luz y quítese lentes de sol o sombrero.
screen-processing-title = Un momento, por favor
screen-processing-body = Estamos revisando lo que envió. Suele tomar unos segundos.
screen-retry-title = Intentémoslo otra vez
screen-retry-body = No pudimos verificarle con las últimas fotos.
screen-completed-title = Todo listo
screen-completed-body = Gracias. Tenemos todo lo que necesitamos.
screen-failed-title = No pudimos verificarle
screen-failed-body = Si cree que es un error, comuníquese con la organización que le envió aquí.
screen-error-title = Algo salió mal
screen-error-body = No fue su culpa. Inténtelo de nuevo.
legal-terms = Términos del servicio
legal-privacy = Aviso de privacidad

## Server texts: notices that end a visit

notice-link-invalid-title = Este enlace no es válido
notice-link-invalid-body = Revise que el enlace esté completo o pida uno nuevo a la organización que lo envió.
notice-session-expired-title = La sesión expiró
notice-session-expired-body = Por su seguridad, salir antes de terminar cierra la sesión. Si comenzó en otro dispositivo, continúe ahí. De lo contrario, pida un enlace nuevo a la organización que se lo envió.
notice-expired-title = Este enlace expiró
notice-expired-body = Pida uno nuevo a la organización que se lo envió.
notice-finished-title = Esta verificación ya terminó
notice-finished-body = No hay nada más que hacer aquí. Puede cerrar esta ventana.
notice-unavailable-title = No disponible por ahora
notice-unavailable-body = Esta verificación no se puede abrir. Inténtelo más tarde o comuníquese con la organización que le envió aquí.

## Server texts: parts of a capture

part-front-label = Frente
part-front-hint = El lado con su foto. Deben verse las cuatro esquinas.
part-back-label = Reverso
part-back-hint = Dele la vuelta. Deben verse las cuatro esquinas.
part-center-label = De frente
part-center-hint = Mire directo a la cámara.
part-left-label = Hacia la izquierda
part-left-hint = Gire un poco la cabeza hacia su izquierda.
part-right-label = Hacia la derecha
part-right-hint = Gire un poco la cabeza hacia su derecha.

## Server texts: kinds of documents

id-class-cct = Certificado de ciudadanía
id-class-cid = Matrícula consular
id-class-dl = Licencia de conducir
id-class-foid = Cédula de extranjería
id-class-hic = Tarjeta de seguro médico
id-class-id = Identificación oficial
id-class-ipp = Pasaporte interno
id-class-keyp = Tarjeta Keypass
id-class-ltpass = Pase de estancia prolongada
id-class-munid = Identificación municipal
id-class-myn = Tarjeta My Number
id-class-nbi = Constancia NBI
id-class-nric = Tarjeta de registro nacional
id-class-ofw = Tarjeta de trabajador en el extranjero
id-class-rp = Permiso de residencia
id-class-pan = Tarjeta PAN
id-class-pid = Identificación postal
id-class-pp = Pasaporte
id-class-ppc = Tarjeta pasaporte
id-class-pr = Tarjeta de residente permanente
id-class-sss = Tarjeta de seguridad social
id-class-td = Documento de viaje
id-class-tribalid = Identificación tribal
id-class-umid = Identificación multipropósito
id-class-vid = Credencial para votar
id-class-visa = Visa
id-class-wp = Permiso de trabajo

## Server texts: labels of the built-in fields

field-name-first = Nombre
field-name-middle = Segundo nombre
field-name-last = Apellidos
field-birthdate = Fecha de nacimiento
field-email-address = Correo electrónico
field-phone-number = Número de teléfono
field-address-street-1 = Calle y número
field-address-street-2 = Interior o departamento
field-address-city = Ciudad
field-address-subdivision = Estado
field-address-postal-code = Código postal
field-address-country-code = País
field-identification-class = Tipo de identificación
field-identification-number = Número de identificación
field-social-security-number = Número de seguridad social
field-selected-country-code = País de su identificación
field-selected-id-class = Su tipo de identificación
field-current-government-id = Su identificación
field-current-selfie = Su foto

## Server texts: what is wrong with an entry

problem-required = Complete este campo.
problem-too-long = Use como máximo { $max } caracteres.
problem-invalid-date = Escriba una fecha válida.
problem-invalid-email = Escriba un correo electrónico válido.
problem-invalid-phone = Escriba un número de teléfono válido, con código de país.
problem-invalid-number = Escriba un número.
problem-invalid-choice = Elija una de las opciones.

## Server texts: what to do better on the next try

retry-hint-glare = Había reflejo en su identificación. Inclínela para evitar la luz.
retry-hint-blur = La foto salió borrosa. No se mueva y deje que la cámara enfoque.
retry-hint-portrait-not-found = No se veía el retrato. Fotografíe el lado con su foto.
retry-hint-id-not-readable = No pudimos leer su identificación. Llene el marco, sin nada tapado ni cortado.
retry-hint-barcode-not-readable = No pudimos leer el código del reverso. Fotografíelo plano y de cerca.
retry-hint-same-side = Las dos fotos eran del mismo lado. Dele la vuelta para la segunda.
retry-hint-face-not-found = No se veía su rostro. Póngase de frente a la luz y acérquese un poco.
retry-hint-multiple-faces = Había más de un rostro. Debe aparecer solo usted.
retry-hint-face-covered = Su rostro estaba cubierto. Quítese lentes, cubrebocas y sombrero.
retry-hint-pose = La cabeza no estaba girada como pedimos. Siga la flecha.
