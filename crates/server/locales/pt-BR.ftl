# Portuguese (Brazil). Same messages and tokens as en-US.ftl.

## Page texts: buttons and the frame around every screen

button-back = Voltar
button-close = Fechar
button-continue = Continuar
button-start = Começar
button-submit = Enviar
button-done = Concluir
button-try-again = Tentar novamente
progress-label = Progresso
language-label = Idioma
connection-lost = Conexão perdida, tentando de novo
connection-loading = Carregando
start-legal = Ao continuar, você concorda com:
country-label = País
country-chosen = Emitido em:

## Page texts: sandbox

sandbox-notice = Ambiente de testes: nada é verificado de fato
sandbox-outcome = Resultado da próxima verificação
sandbox-pass = Aprovar verificações
sandbox-fail = Reprovar verificações

## Page texts: leaving

dialog-leave-title = Sair da verificação?
dialog-leave-body = Você ainda não terminou.
dialog-leave-confirm = Sair
dialog-leave-stay = Continuar aqui
closed-title = Você saiu da verificação
closed-body = Você pode fechar esta página ou retomar de onde parou.
closed-resume = Continuar a verificação
final-close-hint = Você já pode fechar esta janela.

## Page texts: errors

error-title = Algo deu errado
error-body = Não conseguimos carregar esta página. Tente novamente em instantes.
error-try-again = Não funcionou. Tente novamente.
error-moved-on = Você continuou em outro lugar. É aqui que você está agora.

## Page texts: forms

form-choose = Escolher…
form-optional = (opcional)
form-required = Preencha este campo.
form-check-fields = Verifique os campos destacados.

## Page texts: taking and sending pictures

capture-use-camera = Usar a câmera
capture-upload = Enviar uma foto
capture-sample = Usar uma foto de exemplo
capture-keep = Manter a foto atual
capture-review-title = Confira sua foto
capture-review-document = Está tudo nítido, inteiro e fácil de ler?
capture-review-selfie = Dá para ver bem todo o seu rosto?
capture-photo-alt = Sua foto: %name
capture-use-photo = Usar esta foto
capture-retake = Refazer
capture-sending = Enviando sua foto
capture-part-done = Pronto
capture-done-title = Suas fotos estão prontas
capture-done-title-one = Sua foto está pronta
capture-done-body = Se estiver tudo bem, você pode continuar.
capture-problem-too-large = Este arquivo é grande demais. Escolha um menor.
capture-problem-too-small = Esta foto é pequena demais para ser lida. Use uma maior.
capture-problem-not-image = Não conseguimos abrir este arquivo como foto. Escolha um JPEG ou PNG.
capture-problem-missing = Ainda falta uma foto.
camera-take-photo = Tirar foto
camera-cancel = Cancelar
camera-switch = Trocar de câmera
camera-starting = Permita a câmera quando o navegador pedir
camera-try-again = Tentar a câmera de novo
camera-problem-refused = Não temos permissão para usar sua câmera. Você pode permitir nas configurações do navegador.
camera-problem-absent = Não encontramos uma câmera neste dispositivo.
camera-problem-busy = Sua câmera não iniciou. Talvez outro aplicativo esteja usando.
camera-problem-small = A imagem desta câmera é pequena demais para ser lida.
camera-problem-upload = Você pode enviar uma foto.
camera-problem-other-device = Abra este link em um dispositivo com câmera.
hint-ready = Preencha a moldura e fique parado
hint-face = Mantenha o rosto dentro da moldura
hint-too-dark = Escuro demais. Procure mais luz.
hint-too-bright = Claro demais. Reduza a luz.
hint-blurry = Um pouco desfocado. Fique parado.
hint-glare = Há reflexo. Incline um pouco.

## Server texts: screens

screen-start-title = Vamos verificar sua identidade
screen-start-body = Leva cerca de dois minutos. Tenha seu documento em mãos.
screen-form-title = Seus dados
screen-form-body = Preencha como aparecem no seu documento.
screen-country-select-title = Onde seu documento foi emitido?
screen-country-select-body = Escolha o país que emitiu o documento.
screen-government-id-select-title = Escolha seu documento
screen-government-id-select-body = Use um válido que esteja com você.
screen-government-id-capture-title = Fotografe seu documento
screen-government-id-capture-body = Coloque-o sobre uma superfície escura, com boa luz.
screen-selfie-capture-title = Agora, uma foto sua
screen-selfie-capture-body = Procure boa luz e tire óculos escuros ou chapéu.
screen-processing-title = Um momento, por favor
screen-processing-body = Estamos verificando o que você enviou. Costuma levar alguns segundos.
screen-retry-title = Vamos tentar mais uma vez
screen-retry-body = Não conseguimos verificar você com as últimas fotos.
screen-completed-title = Tudo certo
screen-completed-body = Obrigado. Temos tudo o que precisamos.
screen-failed-title = Não conseguimos verificar você
screen-failed-body = Se achar que é um engano, fale com a organização que enviou você até aqui.
screen-error-title = Algo deu errado
screen-error-body = Não foi culpa sua. Tente novamente.
legal-terms = Termos de serviço
legal-privacy = Política de privacidade

## Server texts: notices that end a visit

notice-link-invalid-title = Este link não é válido
notice-link-invalid-body = Confira se o link está completo ou peça um novo à organização que o enviou.
notice-session-expired-title = Sessão expirada
notice-session-expired-body = Para sua segurança, sair antes do fim encerra a sessão. Se você começou em outro dispositivo, continue por lá. Caso contrário, peça um novo link à organização que o enviou.
notice-expired-title = Este link expirou
notice-expired-body = Peça um novo à organização que o enviou.
notice-finished-title = Esta verificação foi concluída
notice-finished-body = Não há mais nada a fazer aqui. Você pode fechar esta janela.
notice-unavailable-title = Indisponível no momento
notice-unavailable-body = Esta verificação não pode ser aberta. Tente mais tarde ou fale com a organização que enviou você até aqui.

## Server texts: parts of a capture

part-front-label = Frente
part-front-hint = O lado com a sua foto. Os quatro cantos devem aparecer.
part-back-label = Verso
part-back-hint = Vire o documento. Os quatro cantos devem aparecer.
part-center-label = De frente
part-center-hint = Olhe direto para a câmera.
part-left-label = Para a esquerda
part-left-hint = Vire um pouco a cabeça para a sua esquerda.
part-right-label = Para a direita
part-right-hint = Vire um pouco a cabeça para a sua direita.

## Server texts: kinds of documents

id-class-cct = Certificado de cidadania
id-class-cid = Identidade consular
id-class-dl = Carteira de motorista
id-class-foid = Identidade de estrangeiro
id-class-hic = Cartão de saúde
id-class-id = Carteira de identidade
id-class-ipp = Passaporte interno
id-class-keyp = Cartão Keypass
id-class-ltpass = Passe de longa permanência
id-class-munid = Identidade municipal
id-class-myn = Cartão My Number
id-class-nbi = Certificado NBI
id-class-nric = Cartão de registro nacional
id-class-ofw = Cartão de trabalhador no exterior
id-class-rp = Autorização de residência
id-class-pan = Cartão PAN
id-class-pid = Identidade postal
id-class-pp = Passaporte
id-class-ppc = Cartão passaporte
id-class-pr = Cartão de residente permanente
id-class-sss = Cartão da previdência social
id-class-td = Documento de viagem
id-class-tribalid = Identidade tribal
id-class-umid = Identidade multiuso
id-class-vid = Título de eleitor
id-class-visa = Visto
id-class-wp = Autorização de trabalho

## Server texts: labels of the built-in fields

field-name-first = Nome
field-name-middle = Nome do meio
field-name-last = Sobrenome
field-birthdate = Data de nascimento
field-email-address = E-mail
field-phone-number = Telefone
field-address-street-1 = Endereço
field-address-street-2 = Complemento
field-address-city = Cidade
field-address-subdivision = Estado
field-address-postal-code = CEP
field-address-country-code = País
field-identification-class = Tipo de documento
field-identification-number = Número do documento
field-social-security-number = Número da previdência social
field-selected-country-code = País do seu documento
field-selected-id-class = Seu tipo de documento
field-current-government-id = Seu documento
field-current-selfie = Sua foto

## Server texts: what is wrong with an entry

problem-required = Preencha este campo.
problem-too-long = Use no máximo { $max } caracteres.
problem-invalid-date = Digite uma data válida.
problem-invalid-email = Digite um e-mail válido.
problem-invalid-phone = Digite um telefone válido, com o código do país.
problem-invalid-number = Digite um número.
problem-invalid-choice = Escolha uma das opções.

## Server texts: what to do better on the next try

retry-hint-glare = Havia reflexo no documento. Incline-o para longe da luz.
retry-hint-blur = A foto ficou desfocada. Fique parado e deixe a câmera focar.
retry-hint-portrait-not-found = Não vimos o retrato do documento. Fotografe o lado com a sua foto.
retry-hint-id-not-readable = Não conseguimos ler o documento. Preencha a moldura, sem nada coberto ou cortado.
retry-hint-barcode-not-readable = Não conseguimos ler o código do verso. Fotografe-o plano e de perto.
retry-hint-same-side = As duas fotos eram do mesmo lado. Vire o documento para a segunda.
retry-hint-face-not-found = Não vimos seu rosto. Fique de frente para a luz e chegue mais perto.
retry-hint-multiple-faces = Havia mais de um rosto. Apareça sozinho na foto.
retry-hint-face-covered = Seu rosto estava coberto. Tire óculos, máscara e chapéu.
retry-hint-pose = A cabeça não estava virada como pedimos. Siga a seta.
