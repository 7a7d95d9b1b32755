package trigger

// sensitiveRules tell money back, the end of a contract, and the law.
const sensitiveRules = `
@refund ~ refund refunds refunded refunding reimburse reimbursed reimbursement reimbursements reimbursing chargeback chargebacks
@rebate ~ rebate rebates restitution restitutions compensation compensations compensate
@cancel ~ cancel cancelling canceling cancellation terminate terminating deactivate unsubscribe
@newsletter ~ newsletter newsletters
@closing ~ close closing delete deleting remove removing deactivate deactivating erase
@accountish ~ account accounts profile membership subscription
@removal ~ deletion removal closure termination cancellation deactivation removals closing
@finobj ~ account accounts subscription membership contract contracts agreement payment payments transaction order orders purchase booking reservation overdraft mortgage profile insurance
@finobj2 = card cards plan plans policy loan debit debits standing transfer service services user table room session it plano abo abonnement
@getish = get getting receive receiving obtain obtaining ask asking request requesting demand demanding want wanting wait waiting expect expecting claim claiming need give send track tracking check checking see status awaiting await

mask: tax|energy|federal|state|utility|government|eco refund|refunds|rebate|rebates|credit
mask: rebate|rebates program|programs|programme|eligible|eligibility
mask: noise|echo cancelling|canceling|cancellation
mask: cancel|cancelling|canceling ,,2 noise|sound|echo|alarm|vibration
mask: @newsletter|mailing ..2 subscription|subscriptions|list|account
mask: @cancel ..7 @newsletter|alarm|reminder|timer
mask: subscription ..4 @newsletter
mask: non|not refundable
mask: workers|worker|unemployment compensation
mask: district|states attorney
mask: lawyer|lawyers|court|attorney|legal ..1 tv|show|shows|drama|movie|series|film
mask: insurance|insurer|hsa|fsa ..2 reimburse|reimburses|reimbursed
mask: compensation plan|package

refund 0.96: @refund
refund 0.96: money|cash|payment|deposit|funds|fee back !account|up|to|into
refund 0.96: get|want|give|need|return|send|receive|got|have ..3 money|deposit|payment|cash|dollars|pounds|euros|bucks|fee ..1 back !up|into
refund 0.9: want|give|send|return|need|get|demand ..2 @num @cur? back
refund 0.9: want|give|send|return|need|get|demand all|my? #money ..1 back
refund 0.9: give|send|pay @me back my|the|all|our|that|#money|@num
refund 0.9: give|send|pay it|that|them back to @me
refund 0.9: want|need it|that|this|them|everything ..1 back asap|now
refund 0.9: send|give ..2 payment|payments|charge back
refund 0.85: return my money|payment|deposit|cash|funds
refund 0.85: @getish ..4 @rebate
refund 0.85: rebating|rebatingg|compensating|restituting
refund 0.85: @rebate of? #money|#n
refund 0.85: want|demand|claim|seek|pay|owe|deserve ..3 damages|compensation
refund 0.85: you|they|company ..1 owe @me
refund 0.85: revert|reverse|undo the|that|this|my ..4 payment|charge|transfer|transaction|purchase
refund 0.9: dispute|disputing|contest|contesting ..3 charge|charges|payment|bill|invoice|transaction
refund 0.9: charge back !fee
demand: want|demand|need|deserve|insist ..2 @my|refund|a|@rebate
demand: give @me
demand: despite
demand: still|never|havent|hasnt|didnt|not ..3 @refund|receive|received|get|got|money

cancel 0.9: <was|were|been|is|are|being|gets|got @cancel !culture|fee|fees|penalty|penalties|charge|charges|polic*|cost|costs|period|rights|terms|conditions
cancel 0.85: @removal ..1 of ..4 @finobj|@finobj2
cancel 0.85: @finobj|user @removal
cancel 0.85: get|getting|have ..4 cancelled|canceled|terminated
cancel 0.85: <was|is|already|been|be|i|have|got cancelled|canceled my|the|this|all
cancel 0.85: @want|please|pls|@modal|to|help|just|i cancelled|canceled ..2 @finobj|@finobj2
cancel 0.85: @closing|shut|terminate|terminating|end|ending|quit|kill ..1 my|our|the|this|that|an|a|me ..2 @accountish|contract|agreement|mortgage|overdraft|card|plan|user|loan|debit|debits|service|policy|insurance
cancel 0.85: shut down|off my|our|the|this|direct|standing ..2 @accountish|debit|debits|contract
cancel 0.85: ^ help|assistance|please|i|to|want~4 @closing ..2 @accountish|user|card
cancel 0.85: @want|help|to|assistance|how|can|could|where|question|about|for|me|i ..1 @closing ..2 @accountish|user
cancel 0.8: freeze|freezing|block|blocking|suspend|pause|hold|lock|stop my|our|the|this|that|all ..3 @finobj|card|debit|debits|transfer|plan|service
cancel 0.8: cant|no|longer ..2 afford|pay for my|the|this? order|purchase
cancel 0.8: user|account|profile|subscription ,,8 @closing it
cancel 0.8: just|please freeze|block|stop|kill|close|end it|that|this|them
cancel 0.8: want|like|need|@modal to? ..1 close|freeze|end|quit it
cancel 0.8: how|can|could|you|i|to ..2 block|freeze it|@my ..2 card|account|$
cancel 0.8: put ..4 payments|payment|account|subscription|mortgage|membership|plan on hold
cancel 0.8: dont|not let any|the|that|this payment|payments|transfer|transaction go
cancel 0.85: dont|not|longer|never need|want|wnt|use|require ..2 @finobj|plan|card|service anymore|longer|any|$
cancel 0.85: dont|not|longer|never need|want|wnt ..3 account|subscription|membership|plan|contract anymore|longer|any|i|want|help|$
cancel 0.8: no longer|more need|want|require|wish ..4 @finobj|plan|card|service
cancel 0.8: cant|wont|not ..3 make it to my|our|the ..2 booking|reservation|table|appointment|meeting
cancel 0.7: ^ @please|ok|yes|hi|hello|and|so|now~2 i|id|we want|wanna|like|need|wish|would~2 to? leave|quit right|now|please~2 $
cancel 0.85: want|wants|get|let ..1 out of ..2 contract|subscription|agreement|plan|membership|deal
cancel 0.8: quit|stop|end|ending ..1 my|our|the|this ..2 membership|subscription|plan|contract|agreement|service
cancel 0.8: leaving you|your|this company|service|bank|provider
cancel 0.8: opt|opting out of ..2 plan|contract|service|membership
cancel 0.85: clear|settle ..1 that|my overdraft
cancel 0.85: closing|deleting|removing|terminating ..2 @finobj|user|card|plan

// what is asked of the rules, not of one's own case
policy: policy|policies|guarantee|guarantees|garantee|guaranty|fee|fees|penalty|penalties
@policyslip ~ guarantee policies penalties situations circumstances
policy: cancellation|termination|withdrawal|exit charge|charges|penalt*|cost|costs|fee|period
policy: in|under|what|which|wht ..2 cases|case|casxes|situations|situation|circumstances|conditions
policy: how|hw long ,,3 @refund|money|reimbursements ..2 take|takes|usually|last
policy: when|if ,,2 i|we can|could|may ..1 ask|request|get
policy: charge|charges|cost for|of|to ..2 cancelling|canceling|cancel|terminating
general: do|does|did you|your|they|the
general: what|whats is|are|s|kind|happens|the
general: is|are there
general: how long|often|much do|does|are|is
general: which|explain
general: is|are your|the|a|an|deposits
general: is|are it|they refundable|legal
general: are you
own: my|mine|owe
own: i|im|we am|have|smell|hear|see|want|need|get|demand|ask|claim|request|bought|paid|got|receive|expect
own: give|charge|charged|refund|pay me|us
notwant: dont|not|never|didnt ..1 want|need|asking|looking|after|trying|mean
notwant: no|without|avoid
still: still|and|got|yet|but|have
mayi: can|may|could|how|when|what|is i|we|it|do|can|late
visit: appointment|appointments|visit|meeting|call|callout
anytime: any time
anytime: anytime|whenever

law 0.96: lawyer|lawyers|attorney|attorneys|lawsuit|litigation|solicitor|barrister
law 0.96: sue|suing you|your|them|for|this|u
law 0.96: sue|suing the company|business|firm|bank|store|owner|landlord|seller
law 0.96: to|will|ill|gonna|can|could|should|going|and|we|we'll sue !about|is|will|back|from|at|said|s
law 0.96: am|are|im|were suing
law 0.96: legal|legally action|proceedings|department|team|counsel|steps|advice|notice|threat|case
law 0.96: take|taking|see|taken ..2 you|u|them|this|it ..1 court
law 0.96: see you in|at court|small
law 0.96: in|to|go small claims
law 0.96: small claims court
law 0.96: in court
law 0.96: better business bureau
law 0.96: bbb
law 0.96: attorney general
law 0.96: consumer protection|affairs|rights|court|forum|watchdog|commission
law 0.96: trading standards
law 0.96: ombudsman|ombudsmans|regulator|regulators
law 0.9: report|reported|reporting you|u|your|this|them to|company
law 0.9: report|reported|reporting you|u
law 0.9: complain|complaint|complaining to|with the|your|a ..2 authorities|authority|regulator|government|bureau|board|office|police|management
law 0.9: formal|official|legal complaint
law 0.9: breach|breached|breaching|broke|violated|violation of|our|the|my|your ..1 contract|agreement|law|warranty|terms
law 0.9: negligence|negligent|liable|malpractice|defamation|fraudulent|discrimination|harassment|discriminated
law 0.9: gdpr|ccpa|dsgvo|rgpd
law 0.9: delete|erase|remove all|my|our ..1 my? data|information|records|details
law 0.9: calling|call|called|go|going|report ..2 the police|cops
law 0.9: you|u|your|guys|they|he|crew|team ..3 stole|stolen ..1 my|from|our
law 0.9: technician|employee|guy|guys|worker|driver|plumber|staff ..3 stole|hit|broke|damaged|scratched|ruined|assaulted|harassed
law 0.85: sign|sent|send|expect ..2 letter ..3 lawyer|lawyers|attorney
lawmask: im|am|as|is|a|an ..1 a|an lawyer|attorney|solicitor
lawmask: bin|soy|es|ist|suis|est|sono|sou|e|era|ein|un ..1 abogado|abogada|anwalt|anwaltin|avocat|avvocato|advogado|advogada
`

// urgentRules tell danger to people and property.
const urgentRules = `
@danger_gas = gas propane gaz
@heater = heat heating heater furnace boiler ac hvac conditioner radiator radiators aircon power electricity water
@frail = baby babies infant newborn toddler elderly grandmother grandma grandfather grandpa disabled pregnant oxygen dialysis medical kids children daughter son sick ill

danger 0.98: smell|smells|smelling|smelled|smelly|stinks|reeks ..4 @danger_gas
danger 0.98: @danger_gas ..1 smell|leak|leaking|odor|odour|leaks|fumes|hissing|escaping
danger 0.98: smell|odor|odour|whiff of ..2 @danger_gas|sulfur|smoke|burning|eggs
danger 0.98: leaking|leak of? @danger_gas
danger 0.98: @danger_gas is|are|keeps ..1 leaking|escaping|coming|hissing
danger 0.98: hissing ..5 @danger_gas
danger 0.9: smell|smells|smelling|like rotten|like ..2 eggs|egg
danger 0.98: carbon monoxide ..3 off|beeping|alarming|sounding|alarm|high|leak|poisoning|screaming|ringing|chirping|wont|blaring
danger 0.98: co|monoxide alarm|detector|sensor|alarms ..4 off|beeping|sounding|alarming|screaming|ringing|blaring|shrieking
danger 0.98: smoke|fire alarm|detector|alarms ..3 going|went|wont|blaring
danger 0.98: on|caught|catching|catches|set fire !alarm|drill
danger 0.98: there|theres|a|small|big fire in|at|on
danger 0.98: fire in|on the|my|our
danger 0.98: smoke ..1 coming|pouring|everywhere|from|billowing|filling
danger 0.98: is|its|are|and|keeps|started|starts|thats|now smoking
danger 0.97: smell|smells|smelling|stinks ..3 smoke|burning|burnt|burned|burn
danger 0.97: burning|burnt|burned|scorched|melting smell|plastic|odor|wire|wires|rubber
danger 0.97: something|wall|wire|wires|outlet|plug|socket|panel|unit|furnace|heater ..1 is? burning|sparking|glowing|arcing|melted|melting
danger 0.97: sparks|sparking|sparked|flames|arcing
danger 0.97: buzzing|sizzling|crackling ..3 hot|smell|burning|outlet|panel|socket|breaker
danger 0.97: live|exposed|bare|hanging|downed|fallen ..1 wire|wires|cable|line|lines
danger 0.97: power line|lines|cable fell|down|hanging|on
danger 0.97: got|get|gave|getting|had ..3 shock|shocked|electrocuted|zapped !by
danger 0.97: electrocuted|electrocution
danger 0.97: electric|electrical shock
danger 0.97: water|leak|leaking|dripping|drips ..3 in|into|through|on|onto|out|near|from ..3 fuse|breaker|electrical|electric|outlet|outlets|light|lights|socket|panel|wiring
danger 0.98: water everywhere|evrywhere
danger 0.98: water ..3 pouring|gushing|spraying|shooting|flooding|streaming|rushing|bursting|spurting|rising
danger 0.98: pouring|gushing|streaming ..4 ceiling|wall|walls|pipe|roof|floor
danger 0.97: flooding|flooded|floods|inundated
danger 0.97: filling|full|fills up? with|of ..1 water|gas|smoke|sewage
danger 0.97: under water|underwater
danger 0.97: soaked|submerged
danger 0.97: ankle|knee|inches|feet|foot deep|of water
danger 0.97: burst|bursted|busted|burts|exploded|split|ruptured|snapped ..2 pipe|pipes|main|hose|tank|line|boiler
danger 0.97: pipe|pipes|hose|tank|boiler|main|cylinder|line ..4 burst|bursted|bursting|exploded|split|popped|ruptured|snapped|broke
danger 0.97: overflowed|overflowing|overflows ..5 rising|everywhere|stop|floor|still|cant|onto
danger 0.97: still|keeps|wont|cant ..2 rising|flooding
danger 0.97: cant|cannot|wont|unable ..3 turn|shut ..3 water|valve|main|gas
danger 0.95: cant|cannot|wont shut|turn|stop it|off|the
danger 0.97: roof|ceiling|wall|floor ..5 collapsing|collapsed|caving|collapse|caved|falling
danger 0.97: tree fell|through|on ..5 roof|house|line
danger 0.97: sewage|sewer|raw ..3 backing|everywhere|coming|backed|overflowing|up
danger 0.97: cant|not|isnt|stopped|trouble|difficulty ..1 breathe|breathing
danger 0.97: passed|passing|blacked out
danger 0.97: unconscious|unresponsive|seizure|bleeding|choking|suffocating|overdose|drowning
danger 0.97: collapsed|fainted|faint|fainting !market
danger 0.97: chest pain|pains
danger 0.97: heart attack
danger 0.97: allergic|anaphylactic reaction|shock
danger 0.97: throat|tongue|face ..2 swelling|swollen|closing
danger 0.97: swallowed|drank|ingested|inhaled ..4 tablet|tablets|cleaner|chemical|bleach|battery|poison|spray|fumes|your|detergent
danger 0.97: trapped|stuck in|inside the|an|a|our? elevator|lift|basement|room|car|attic|bathroom|tank
danger 0.97: baby|toddler|child|kid|son|daughter|kids|infant ..4 locked|trapped|stuck
danger 0.97: locked ..9 baby|toddler|child|kid|son|daughter|infant|dog inside|in|is
danger 0.9: locked out ,,9 midnight|night|alone|freezing|cold|street|baby|kids|dark|snow|rain
danger 0.9: breaking|broken|trying|break|broke ..3 in|door|lock|into ,,8 scared|now|afraid|come
danger 0.9: intruder|burglar|gunshot|stabbed|attacked
danger 0.95: call|called|calling ambulance|911|112|999
danger 0.9: kill|hurt|harm myself
danger 0.9: suicidal|suicide
mask: question|issue burning|hot
mask: burning question
mask: fire extinguisher|rated|place|proof|damper|doors|door|drill|pit|stick|sale|station
mask: smoke damper|detectors|test|free|alarms
mask: can|may i smoke
mask: spark plug|plugs
mask: market|prices|price|stock collapsed|collapse
mask: shocked by
mask: in sparks
mask: sparks nevada|nv
emergency 0.9: this|it is an|a ..2 emergency
emergency 0.9: its|thats|got|have|is an|a ..2 emergency
emergency 0.9: emergency please|help|now|asap|urgent
emergency 0.9: help|urgent emergency
emergency 0.85: emergency in|at my|our|the
emergency 0.8: ^^ emergency|emergencia|notfall|urgence|emergenza $$
emergency 0.85: need|send|want ..3 help|somebody|someone|technician|plumber immediately|urgently|asap|now !when|if
emergency 0.85: life or|and death
cold: no|without|lost ..1 heat|heating|ac|air|hot|power|electricity|aircon !pump|pumps
cold: heat|heating|heater|furnace|boiler|ac|conditioner|power|aircon ,,2 out|off|died|dead|broke|broken|stopped|down|failed|quit|gone|kaput
cold: heat|heating|heater|furnace|boiler|ac|conditioner ,,2 not|isnt|wont|doesnt|quit ..1 working|work|heating|cooling|start|on|turn|come
freeze: freezing|frozen|freeze|subzero|shivering
freeze: below|under|minus|negative zero|freezing|@num
freeze: pipes ..3 freeze|freezing|frozen
freeze: @num degrees|below|outside|inside
freeze: cold in here|outside|inside
frail: @frail
frail: year|years|month|months|week|weeks|yr|yo old
frail: is|hes|shes|aged #n $
frail: old|my|our mother|father|mom|dad|parents|mum
past: last|previous year|month|winter|summer|week|time|spring|fall|season|owner
past: years|months|weeks|ages|decades ago
past: already fixed|repaired|stopped|solved
past: fixed|repaired already|since
past: was|got|were fixed|repaired|solved
past: used to
past: once|back when|in
suppose: if|unless|whether|would|hypothetically
suppose: in case
suppose: how|to|can|do|would|should|dont|wont ..2 prevent|avoid|stop|protect
suppose: prevent|avoid|protect|preventing|so|against
suppose: does|do|is|are|will|can|which|what|where|when|how ,,3 detector|detectors|alarm|alarms|included|cover|covered|plan|warranty|install|installs|fit|sell|recommend|cost
denied: not|isnt|never|dont|doesnt|didnt|arent|wasnt|no|without
here: i|we|my|our|im|the|right|now|is ..1 smell|hear|see|coming|have|house|here|kitchen
joke: lol|haha|hahaha|lmao|kidding|joking|rofl
`
