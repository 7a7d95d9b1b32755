package trigger

// chatSpellings maps what people type in a hurry to the word.
const chatSpellings = `
you: u ya yu yoy youu
your: ur yr yur
are: r
youre: ure
please: pls plz plss plse pleas plzz pleez plese pleae
want: wanna wnt wanr wana wann wan
give: gimme gimmie
let: lemme
going: gonna
talk: tlk tak tlak takl tallk talkk tolk tlaking
chat: caht chta cht chay
speak: spk speek spek speack speka
someone: sum1 som1 some1 smone sm1 smbdy somebody sombody sumbody somenoe sumone sm1
anyone: anybody any1
person: persn preson perosn peson eprson prson
human: hooman huamn hmuan humen humn hooman
agent: agnt agnet agetn
manager: mgr manger
assistant: asistant assistent assistgant
fuck: fck fuk f*ck f**k f** f*k fuq phuck fcuk
fucking: fckin fuckin fking f*cking f**king fuking fucken
shit: sh*t s**t sh1t shyt
bitch: b*tch biatch biotch bich bytch
idiot: idoit idiott
asshole: a**hole assh*le ahole
what: wat wut wht
me: mi
because: cuz coz bcoz becuase
dont: dnt dont'
not: nt
with: w wid wth
have: hv hav
very: vry
customer: custmer custumer costumer customercare
care: caee
cheat: chet cheet
fraud: froud frod farod frauds fraude
money: mony
back: bacxk bak
cancel: cancle cacel cancal cancell
number: num nmbr
`

// ownWords are right as they stand, close though they are to key words.
const ownWords = `
manage managed manages managing persona personal persons personnel speck spear speaks
agency agencies operate operated operates operating operation operations operational humane humid humor services
serviced servicing supports supported supporting connects connected connection connecting connections refined refuse
refused refund cancer canned candle canal chancel dancer contract contracts contact contacts contacted content contest
contests context cards carbon transform transfers transferred transferring transit transfer
someones something sometime somewhat somewhere personally representing represent represents presentation
people purple staple angry angle agents urgent argent customs costume costumes custom
taking walking stalking waking making seeking sneaking peaking breaking charting chattering teaching preaching bleaching recruiting loose chose closed closest closes deleted deletes removed remote remover removes reading talked talker speaker speakers spoken speech stalk chalk walk table cable
attorney attorneys journey subscribe subscribed subscribing description descriptions prescription
emergent emergencies merging flooring blooding floodlight following flowing
damage damages manner manners banner humans hunan woman women
legally regal illegal terminal terminals terminate determine germinate eliminate
orders border ordered older otter
account amount accounts count discount accounting
college league remember members membership memberships december november ember
reach beach teach peach react reaches
stupidly studio studied useful usual useless
charge change charges changes changed charged
close closet cloths clothes those chose closer
delete elite delegate
smell small spell shell swell smile smaller
spark sparks spare park parks
flame flames frame frames fame claim blame
smoke smokes spoke broke smooth
quote quite quotes quota
credit credits edit
installs install installed installer installment installments instalments
financing financial finance finances fiance
cheap cheaper cheaters cheating heating seating cheated heated heat cheat
thief chief thieves
worse horse word world words work works worth worst wort
terrible terribly horrible horribly
lawyer layer layers lawyers player
sewage usage sausage
pipes pipe pips
tenant tenants
eligible legible illegible
lease least please release leased leasing
persist person persons parson season reason
advisor advise advised advice adviser
request requests requested requesting
return returns returned
refuse
rebate rebates debate debit debits
expert expect export experts expects expected exports
owner owners other over
staff stuff staffs
technical technician technicians technique
director direct directed directly directions direction
reception exception exceptions perception deception receipt
restitution institution institutions
compensation competition conversation
`

// wordClasses are the parts of speech that all rules share.
const wordClasses = `
@me = me us mi
@my = my our mine the this that these those it its all an a
@be = is are am was were be been being im youre ure were theyre
@neg = dont doesnt didnt not never wont no isnt arent cant cannot shouldnt couldnt without nicht kein keine keinen pas non nao nunca jamas nahi mat nah na
@please = please kindly por favor bitte svp
@now = now already asap immediately today please pls again directly quickly urgently right tomorrow tonight soon instead
@bad = fucking bloody damn goddamn freaking stupid dumb useless shitty fking effing crappy lousy
@filler = a an the your some any one of real actual live human normal proper different other another else better senior please just simply non robotic nonrobotic customer support service company bank store sales tech technical me us in to with up someone living breathing qualified local kind sort my our ur this that @bad
@want = want wants wanted need needs prefer demand require request wish like love wanting needing rather must gotta
@modal = can could may will would should might must
@i = i we id ill im ive
@num = #n #phone zero one two three four five six seven eight nine ten twelve fifteen twenty thirty forty fifty sixty hundred several multiple many dozens dozen
@cur = dollars dollar pounds pound euros euro bucks usd gbp eur quid rupees rs inr k
@you = you your u youre yours yourself yall
@very = so very really such such a an absolutely totally completely fucking bloody all just pretty quite damn too goddamn the most extremely utterly freaking both is being
`

// requestRules tell a request for a person.
const requestRules = `
@talk ~ talk speak chat converse communicate
@talking ~ talking speaking chatting contacting reaching connecting
@move ~ connect transfer escalate forward handoff contact reach switch redirect route
@group = people folks
@role ~ human humans agent agents operator operators manager supervisor representative representatives receptionist dispatcher advisor adviser executive
@role2 = rep reps csr person persons
@someone ~ someone anyone anybody
@staff ~ banker clerk attendant colleagues member technician specialist employee colleague salesperson reception assistant assistants counselor consultant accountant concierge housekeeping
@staff2 = boss staff tech team owner expert sales worker guy lady dude director department dept chef plumber electrician nurse doctor director officer
@care = service support care services helpline desk
@customer ~ customer customers
@device = bot bots robot robots machine computer chatbot ai app wifi internet network server speaker thermostat system device google alexa siri website program account api bluetooth phone tv unit hub printer
@helpverb = help assist answer respond understand handle talk speak chat call contact deal advise sort resolve

mask: agent|agents|rep|representative number|id|name|code|fee|fees|ka|commission
mask: insurance|estate|travel|cleaning|cooling|realtor|booking|free|secret|ticket|blowing|bonding|property|letting|leasing|former|ex|transfer agent|agents|manager|managers
mask: human resources|error|errors|rights|hair|body|race|history|readable
mask: in|per|each|another|every|delivery|2|two|second|third person|persons
mask: per|each|every human|agent|operator
mask: machine|crane|radio|tour|phone operator|operators manual|license
mask: manager|operator|owner|owners manual|guide
mask: password|task|file|window|download|package|device|account|contact|product manager
mask: customer|customers service|support|care number|hours|email|phone|numbers|timings|timing|details|no
mask: my|his|her|their boss
mask: who|whos|what|whats|name ,,3 boss|manager|supervisor|owner
mask: my|our|his|her @modal? manager|agent|supervisor|representative|advisor|technician !to|who|please|back
mask: service|support|assistance animal|animals|dog|pack
mask: contact form|page|number|no|info|information|details|us|lens|lenses|list|email|name
mask: personal assistant
mask: google|virtual|digital|voice|ai|shop assistant
mask: customer|customers own
mask: talk|speak|talking like|in|as|about|faster|slower
areyou: am i ..2 with|to ..5 ai|bot|human|person|robot|machine
areyou: are|r|is you|u|this ..5 human|person|people|bot|ai|robot|machine|real|agent
mask: how ,,3 say|translate|spell
mask: live chat hours|times|time

person: @role|@role2
person: @customer service|support|care|agent|representative|services
person: real|actual|live|living person|people|guy|lady|dude|someone|human|agent|support|being
someone: @someone|@staff|@staff2|@group
someone: somewhere else
device: @device

// talk to a person
request 0.95: @talk ..6 @role|@role2|@someone|@staff|@staff2|@group
request 0.95: @talk ..5 @customer @care|representative|executive|agent
request 0.9: @talk with|to your|the|a|an|some ..2 support|service|office|front|desk
request 0.9: support|help to? @talk|chat with|to @someone|@role
request 0.9: discuss|word|conversation|chat|call|words with|from ..3 @role|@role2|@someone|@staff|@staff2|@group
request 0.85: discuss|talk|chat|speak|connect|contact with|to ..2 support|sales|service|care|technical team|staff|department|people
request 0.9: discuss ..3 with|to ..2 @role|@role2|@someone
request 0.85: help|assistance|support|answer|answers from ..2 @role|@role2|somebody|someone
request 0.85: contacted|called|phoned|helped|served by ..2 @role|@role2|@someone|@staff|@staff2
request 0.8: <but|and|know who can|could|may i|we @talk to|with !you
request 0.85: @talk to|with whoever|whomever|anyone|somebody
gerund 0.9: @talking ..4 @role|@role2|@someone|@staff|@staff2|@group
gerund 0.9: @talking ..3 @customer @care|representative
// speak to the gym
dept 0.75: <you|they|people @talk to|with the|your|room|somebody|ur !@device|@you|dog|wall|hand|app|other|same
dept 0.75: <you|they|people get @talk to|with the|your !@device|@you
// put me through
move 0.95: connect|transfer|forward|redirect|route|switch|escalate|handoff @me|call|chat|this|it|conversation ..4 @role|@role2|@someone|@staff|@staff2|@group|@customer
move 0.95: connect|connecting|escalate|transferred|connected|escalated|switched|forwarded to|with|a|an|your ..3 @role|@role2|@someone|@staff|@group|@customer
move 0.9: contact|reach ..3 @role|@role2|@someone|assistant
move 0.8: ^ please? contact|reach @customer? @care|customer
move 0.9: connect|transfer|forward|redirect|patch|pass|put @me over|through|back? to|with|onto a|an|the|your? !@device|next|other|page|link|site|website|payment|settings|home|same|new|right|money|info|list|information|some|any|bed|insurance|good|closest|nearest|best|sleep
move 0.9: direct|directed|hand|handed|switch ..2 to|over ..2 @role|@role2|@someone
move 0.9: connect|transfer|forward|redirect|escalate|patch @me $
move 0.9: transfer|patch|connect @me please|now|already|asap|over|through
move 0.95: put|get|patch|pass|hand ..2 through|over|thru ..4 @role|@role2|@someone|@staff|@staff2|@customer|worker
move 0.95: put|pass|get|patch @me to|with|on|onto|thru|through|over ..4 @role|@role2|@someone|@staff|@staff2|@customer
move 0.9: put|patch|pass|get @me through|thru $
move 0.8: put|patch|pass @me through|thru to|with
move 0.9: transfer|forward|send|redirect|pass my|the|this call|chat|case|request|issue|ticket to ..3 !@device|@you|account|page
move 0.85: in|into contact|touch with ..3 @role|@role2|@someone|@staff|@staff2
move 0.85: escalate this|it|that|my|the
move 0.9: get ..2 hold|ahold|touch of|with ..3 @role|@role2|@someone
move 0.85: get|bring ..2 manager|supervisor|someone on|in|here|over
// a person to talk to
whom 0.9: @role|@role2|@someone|@staff|@group|number else? who|that|whom? i|to|we|who|that|there|with ..3 @talk|escalate|reach|contact|speaking
whom 0.9: someone|anyone|anybody|human|person|agent|manager|representative|staff|advisor|they|team @talk to|with @me
whom 0.85: anyone|someone|human|person|anybody|agent|representative|manager|supervisor else? available|here|there|around|online to @helpverb
whom 0.8: someone|anyone|person|human who|that @modal? really? actually? @helpverb @me
whom 0.85: <or|you|u real|live|actual|human person|human|agent|people|representative|support|chat|operator available|online|there|here
whom 0.85: is|are there a|an|any|some? real|live|actual|human ..2 person|human|humans|agent|people|someone|representative|operator|chat|support !in|at|on
whom 0.85: do|does|have|has you|u|they|it|company have|got|offer? a|an|any|some? live|human|real|actual person|agent|agents|human|operator|operators|support|representative|people|chat !in|at|on
whom 0.85: human|person|agent|someone|representative|supervisor to @helpverb
whom 0.8: @role|@role2|@someone else? available $
whom 0.85: @modal a|an|any|one|some ..1 @role|person|colleague|specialist|expert ..3 help|assist|answer|contact|get|call|reach @me|in|this|back
whom 0.85: @modal someone|somebody|anyone from|of|at|on your|the ..2 team|staff|company|office|side|end ..2 help|assist|contact|get|call|reach|look
whom 0.85: any human|agent|person|operator|representative here|there|around|available|online
whom 0.85: is|are there any|a? someone|anyone|anybody|supervisor|manager else|who ..3 @talk|help|contact
whom 0.85: is|are there any|a|some? supervisor|manager|representative ..2 i|we|to @modal? @talk|contact|speak
// get me a person
wish 0.95: want|wants|need|needs|prefer|demand|require|request|wanting|wish|rather|get|give|bring|find|send|fetch|provide @me? @filler~5 @role|@role2 !number|numbers|is|was|id|to|who|that|which|for
wish 0.9: want|wants|need|needs|prefer|demand|require|request|get|give|bring|find|send|like|have @me? @filler~5 @role|@role2 to|who|that|for ..2 @helpverb|me|us|i|helo|hlp
wish 0.95: want|wants|need|needs|prefer|demand|require|get|give|bring|find @me? @filler~5 @customer service|support|care !number|hours|email|phone|no|is|was
wish 0.95: like|love|have|let @me? @filler~4 @role|@role2 !number|numbers|is|was|id|to|who|that|which|for
wish 0.85: get|find|bring|have|give|need|want @me? someone|anyone|somebody|technician|people|staff|tech to @helpverb @me|with|this|out|please
wish 0.85: get|find|bring|give @me? someone|somebody|technician|staff|tech else? to @helpverb
wish 0.85: get @me? someone else
wish 0.8: get|give|want|need|have|find|bring @me? someone|somebody|anyone else $
wish 0.8: @modal someone|anyone|somebody else @helpverb|look|take|check|do|please
wish 0.8: someone|somebody else @helpverb|look|take|check|please|instead
wish 0.9: someone|anybody|anyone from your|the team|company|office|staff|side ..3 @talk|call|help|contact
wish 0.85: <or|a|an|you real|live|actual person|human|agent|people|representative please|now|only
wish 0.9: @role2|@role please|now $
wish 0.9: ^^ hello|hi|hey|ok|no|yes~2 @role|@role2 @now
wish 0.85: human|agent|person|operator|representative|manager instead
wish 0.85: want|need|give|get|have|find @me? someone real|competent|human|intelligent|smart|qualified|knowledgeable|local
wish 0.85: ^ someone|somebody real|competent|intelligent|human|else please? $
wish 0.85: said|saying|say|asked ..1 human|agent|person|representative|operator $
wish 0.85: ^ a|an|the? real|live|actual|human person|human|agent|being|representative $
// call me
call 0.85: call|ring|phone|telephone @me $
call 0.85: call|ring|phone|telephone @me at|on|back|asap|please|now|today|tomorrow|when|tonight|in|this|soon|immediately|about|as|or|and|directly|first|sir|bro|once|@num|urgently|regarding
call 0.8: call|ring|phone @me to discuss|talk|explain|help|arrange|schedule|book|sort|set|confirm
call 0.85: <i|we|ill|you|should|to|id|number|they|already|called call|ring|phone|contact|reach at|on|my|me? mobile|cell|number|phone|us? #phone
call 0.85: <my|i|the contact|reach|ring|text @me at|on|by|via #phone|phone|mobile|cell|tel|telephone
call 0.85: give @me a? ..1 call|ring|callback|bell|buzz
call 0.85: want|need|arrange|schedule|request|book|get|give|like|wish|expecting|expect|waiting|asking|require|set|please @me? for? up? to? @filler~2 call|phone call|back|callback
call 0.85: ^ want|need|arrange|schedule|request|book|require|please|immediate|urgent|i~3 callback
call 0.85: want|need|arrange|schedule|request|book|get|like|require @me? for? a|an|the|my? quick|phone|telephone? callback
call 0.85: arrange|schedule|request|want|need|book a|an|the? phone|telephone? call from|by|with|please|asap|today|tomorrow|at|back
call 0.85: ^ call back please|me|now|asap
call 0.85: ^^ please? call back|me $$
call 0.85: ^^ please? callback please? $$
call 0.8: someone|anyone|technician|manager|supervisor|representative|agent ..1 call|phone|ring @me $
call 0.8: @modal someone|anyone|technician|manager|supervisor|representative|agent ..1 call|phone|ring @me
call 0.85: call #phone
// not a machine
notbot 0.85: dont|not|didnt|wont|never ..2 want|wanna|wish|like|need|trust|going ..4 bot|bots|robot|robots|machine|machines|computer|chatbot|ai|automated
notbot 0.85: sick|tired|enough|stop|hate|done|finished ..4 bot|bots|robot|robots|chatbot|ai|machine|computer $
notbot 0.85: instead|rather of|than a|an|this|some? bot|robot|machine|chatbot|computer|ai
notbot 0.85: no more bots|robots|bot|robot|machines|machine|chatbots|ai
notyou 0.75: dont|not|wont want|wanna|like|going|wish? to @talk to|with you $
reach 0.85: can|could|how|where|want|need|cant ..4 contact|reach a|an|the|your|some|one|to? ..2 @role|@role2|someone|assistant|somebody|supervisor
reach 0.85: contact|contacting ^? agent|human|support|operator|representative $
reach 0.85: help|assistance|know|way contact|contacting|reach|reaching ..2 @role|@role2|someone|assistant
self: i|we will|ll|shall ..1 reach|contact|call|talk|speak|chat
self: ill|well just? reach|contact|call|talk|speak|chat
self: ill|i ..1 try|see|gather|go|then|probably|maybe|just ..6 contact|contacting|reach|reaching|call|calling
self: ill|well ..2 contact|contacting|reach|reaching|call|calling
self: i|we just|already|have|had|did? ..1 reached|contacted|called|talked|spoke|spoken
// words between that say it is no request
subject: i|we|quiero|quisiera|necesito|ich|wir|je|voglio|vorrei|quero|preciso|puedo|posso|kann|mujhe
denial: dont|doesnt|didnt|not|never|wont|no|isnt|arent|shouldnt|without|nicht|kein|keine|keinen|pas|nao|nunca|jamas|nahi|mat|non|nobody|noone
telephone: #phone
callyou: call|ring|reach|phone|contact you|back
think: think|believe|suppose|guess
others: you|he|she|they|i|we
yesno 1: ^^ yes|yeah|yea|yep|yup|yess|sure|ok|okay|please|absolutely|definitely|y|si|sim|oui|ja|haan|han|ji|alright|fine|certainly|claro|gerne|volontiers|certo|bitte|ya
yesno 1: ^^ go ahead
yesno 1: ^^ do it|that|so
yesno 1: ^^ that|it|this|sounds ..2 good|great|nice|fine|works|helpful|perfect|wonderful|appreciated|lovely|excellent
yesno 1: ^^ i|id|would ..3 appreciate|love|like that|it|this
yesno 1: ^^ i see|understand yes|ok|okay|please
yesno 1: ^ yes please
yesno 1: ^ please ..1 do|proceed|go|connect|transfer
yesno 1: please|yes ..2 go ahead|proceed
notyes: no|not|dont|but|cancel|wait|instead|unless|later|however|nah|first|another
notyes: ^ what|how|why|when|where|who|which
firmyes: yes|please|yeah|sure|absolutely|definitely|yep|si|sim|oui|ja|go|haan
naming: what|name|named|names|nickname
offer: transfer|connect|escalate|speak|talk|contact|contacting|bring|hand|pass|forward|put|get|reach|transferring|connecting|speaking|talking|ask|call|chat|refer|loop|fetch|want|prefer|like ..6 @role|@role2|@someone|@staff|@staff2|@group|@customer|you|colleague
offer: callback|call @you|back
wouldyou: would|do you|it like|want|prefer|help|be
wouldyou: want me|us to
wouldyou: shall|should|can|may|could i|we
wouldyou: let me|us know
wouldyou: i|we can|could transfer|connect|put|arrange|escalate|bring
wouldyou: please|just say|confirm
asknumber: number|phone|mobile|callback|call|reach|telefono|telefon|telephone
`
