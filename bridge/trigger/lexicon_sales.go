package trigger

// salesRules tell who is worth a salesperson's time, what is too entangled for
// an answer, and what depends on this one buyer.
const salesRules = `
@many = #n ten twelve fifteen twenty thirty forty fifty sixty hundred hundreds several multiple many dozens dozen both all
@unit = units unit thermostats buildings building offices office apartments apartment homes houses properties property locations sites stores rooms doors pumps systems furnaces boilers condensers conditioners acs heaters seats users licenses licences employees people branches restaurants hotels schools machines pieces items filters
@bigplace = hotel factory hospital school district warehouse mall university office building church complex chain franchise plant campus restaurant stores clinic municipality
@buying = buy buying order ordering purchase need want replace replacing outfit equip install get interested looking quote price pricing discount supply roll furnish
@whole = full entire whole complete all both total
@system = system systems hvac unit units furnaces boilers furnace boiler ac ducts setup house home installation

mask: star|uss enterprise
mask: system filter|filters
mask: order|serial|model|account|ticket number
value 0.85: enterprise plan|customer|edition|pricing|tier|license|account|solution|deal|contract|agreement|level|offer
value 0.85: bulk|wholesale|volume order|orders|ordr|purchase|discount|discounts|pricing|price|prices|rate|rates|buy|buying|quantity|deal|quote|supply
value 0.85: buy|order|purchase|sell in bulk|wholesale|quantity|volume
value 0.85: large|big|huge|major order|orders|project|contract|account|purchase|quantity|quantities|volume|install
value 0.85: @whole @filler~1 @system replacement|replacements|overhaul|changeover|retrofit|upgrade !filter
value 0.85: replace|replacing|replaced|redo|overhaul|renew ..1 @whole ..4 @system
value 0.8: new|replacement ..1 hvac|ac|heating system for ..2 house|home|building
value 0.85: @whole house|home ..2 remodel|renovation|retrofit|system
value 0.85: buy|purchase|want|need|get a|an? complete|full|whole|entire ..2 system
value 0.85: reseller|resellers|distributor|distributors|dealership|franchisee|wholesaler
value 0.85: franchise with|of|has|for
value 0.85: rfp|rfq|tender for
value 0.85: request for proposal|proposals|quotation
value 0.85: property|facility|facilities|real manag*|estate company|firm|with|of|for
value 0.85: we|i manage|own|operate|run|have|oversee|maintain ..2 @many ..2 @unit
value 0.85: with|across|for|all|our|around|about|to ..1 #n ..1 @unit
value 0.85: @buying ,,5 #n ..2 @unit|of
value 0.85: @buying ,,5 all|our ..2 stores|offices|buildings|branches|locations|boilers|schools|hotels|restaurants|apartments
value 0.85: @buying ,,4 ten|twelve|twenty|thirty|forty|fifty|hundred|dozens ..2 @unit|heat
value 0.85: #n @unit ,,6 need|want|new|discount|quote|price
value 0.85: multi family|unit|site|location|storey ..1 building|buildings|property|complex|house
value 0.85: our|whole|entire ..2 @bigplace ,,6 @buying|hvac|system|new
value 0.85: @buying ,,7 our|whole|entire ..2 @bigplace
value 0.85: @buying|hvac|proposal ,,6 new ..1 @bigplace !room
value 0.85: commercial|industrial building|property|project|install|installation|hvac|system|kitchen|contract
value 0.85: school district|board
value 0.85: condo|homeowners|housing association|board
value 0.85: budget of|is|around|about|for ..1 #money|#n
value 0.85: municipal|government|corporate|public contract|project|tender|account
value 0.85: long term partner|partnership|vendor|supplier|contract
value 0.85: one|preferred|new vendor|supplier for|to
value 0.85: @i|we ..1 ceo|cfo|cto|director|founder|procurement
value 0.85: sales about|for ..2 large|big|enterprise|bulk
value 0.85: vip customer|client|member
buyintent: price|prices|pricing|cost|costs|quote|buy|order|purchase|plan|plans|subscribe|upgrade|demo|trial|sign

complex 0.85: custom|customized|customised|bespoke|tailored|personalized|individual|tailor ..1 quote|quotation|proposal|design|solution|offer|pricing|estimate|plan|project|job|installation|build
complex 0.85: custom fabricated|built|designed|engineered|made
complex 0.85: tailor ..2 to|for
complex 0.85: detailed|written|itemized|itemised|formal|binding|full estimate|quote|proposal|assessment|quotation|breakdown
complex 0.85: contract|agreement|clause|clauses|sla|terms ,,4 review|reviewed|clause|clauses|liability|negotiate|redline|amend|penalties|odd|legal|draft|wording|sign
complex 0.85: review|negotiate|amend|redline|draft|prepare|change|changes ..4 contract|agreement|clause|terms|msa|nda|proposal
complex 0.85: our|the lawyer|legal|lawyers|insurer ,,4 changes|wants|review|terms
complex 0.85: service level agreement|agreements
complex 0.85: data processing|protection agreement
complex 0.85: soc|iso|ashrae|hipaa|pci|osha|fedramp|title|nfpa|leed #n|report|requirements|rules|certification|compliance|compliant|standard|standards|certified
complex 0.85: ashrae|hipaa|osha|fedramp|nfpa|leed
complex 0.85: compliance|compliant|comply|complies|conform|conforms !kit
complex 0.85: regulations|regulatory|permits|inspections ..2 need|and|required|for|do
complex 0.85: permit|permits and|or inspection|inspections|approval|zoning
complex 0.85: load calculation|calculations|study
complex 0.85: site survey|visit|assessment|inspection ..2 and|with|load
complex 0.85: feasibility study|analysis
complex 0.85: engineering|stamped|structural drawings|plans|report|calculation
complex 0.85: listed|historic|heritage|landmark building|house|property
complex 0.85: asbestos
complex 0.8: special|specific|unusual requirements|requirement|conditions|circumstances|situation
complex 0.8: coordinate ..3 with|between|that|all
complex 0.8: depends on ,,8 and
complex 0.8: convert|retrofit|integrate|migrate ..4 old|system|it|steam|building
complex 0.8: old|existing|current system ,,6 convert|mixes|mix|migrate|integrate
complex 0.8: several|many|multiple|few|couple|lot|bunch of? questions|issues|things|problems|topics
complex 0.8: transferred|split|merged ,,4 then|and ,,4 invoices|contract|account|owner
complex 0.8: complicated|complex situation|case|project|setup|question|issue|install|request|problem
complex 0.8: clean room
step: first|firstly|1st
step: second|secondly|2nd|also
step: third|thirdly|3rd|finally|lastly
asking: what|how|when|which|who|where|can|could|do|does|is|are|will|would

buyer 0.85: financing|finance|finances|financed !department|team|news|manager
buyer 0.85: installments|instalments|installment|instalment
buyer 0.85: payment plan|plans
buyer 0.85: monthly payment|payments|installments|rate|rates
buyer 0.85: pay ..3 monthly|month|over|later|installments|time
buyer 0.85: per|a month ..2 with|loan|financ*
buyer 0.85: down payment|payments
buyer 0.85: credit check|approval
buyer 0.85: bad|poor|good|no credit
buyer 0.85: zero|#n apr|percent|interest
buyer 0.85: apr|rate|interest ..2 would|will|do|can|could i|we get|have|pay|qualify
buyer 0.85: interest free
buyer 0.85: a|with|get loan
buyer 0.85: lease|leasing ..2 it|instead|option|options|one|to|the
buyer 0.85: rent to own
buyer 0.85: qualify|eligible|entitled|approved ..2 for|to|if|with
buyer 0.85: do|would|could|can|will|am|are i|we|veterans|seniors ..2 qualify|eligible|entitled|approved
buyer 0.85: price match|matching
buyer 0.85: match|beat ..2 price|quote|offer|deal|competitor
buyer 0.85: was|got|were|been quoted
buyer 0.85: better|lower|special price|deal|offer|rate than|for|if|to
buyer 0.8: can|could|will you do any? better
buyer 0.85: discount|rate|price|pricing for me|us|seniors|veterans|someone|people|my
buyer 0.85: contractor|trade|senior|military|veteran price|pricing|discount|rate
buyer 0.85: net 30|60|15|90|#n terms
buyer 0.85: trade in|ins !copper|copper
buyer 0.85: hold|lock|freeze|extend|guarantee ..2 price|contract|offer|quote|rate
buyer 0.85: terms|length|duration of ..1 my|our contract|agreement|lease|plan|terms
buyer 0.85: change|extend|renew|adjust ..3 terms|contract|agreement
buyer 0.85: serve|service|cover|help|take|accept|supply me|us ..3 if|though|even|in|with|at|despite
buyer 0.85: come|travel|deliver|drive out? to ..4 miles|farm|km|hours|outside
buyer 0.85: #n miles|km away|from|outside
buyer 0.85: work|help with|on houses|homes|homes like|such
buyer 0.85: house|houses|home|property|case|situation|building like mine
buyer 0.85: is|are my|our ..2 home|house|address|apartment|trailer|property|roof|condo|street|area ..2 covered|eligible|too|suitable|allowed|small|big|in
buyer 0.85: can|could|will|would|do|may i|we still get|have|qualify|apply|use
buyer 0.85: warranty ..2 transfer|transferable|transfers|carry
buyer 0.85: accept|take|work|bill|billed|invoice|with ..2 my|our ..2 insurance|hoa|warranty|landlord|insurer
buyer 0.85: my|our hoa|landlord|insurance|insurer ,,3 bill|billed|pay|directly|cover
buyer 0.85: social security|fixed|low income
buyer 0.85: special|exception|exceptions terms|for me|us
buyer 0.85: i|we rent ,,5 can|may|still|allowed
mask: insurance certificate|certificates
mask: credit card|cards|note
mask: trade in copper
mask: free|interest interest
`

// moodRules tell anger at the service from confusion, anxiety and panic.
const moodRules = `
@insultadj ~ stupid useless worthless incompetent pathetic annoying disgusting ridiculous retarded idiotic clueless terrible horrible awful unprofessional unhelpful unreliable dishonest
@insultadj2 = dumb dum boring ugly rude lousy crap crappy shitty shit trash garbage rubbish lame fake bad worst joke evil fat smelly gay pig mean lazy slow insane crazy sick nuts annoyed weird horny sexy naked liar liars wrong creepy
@insultnoun ~ idiot idiots moron morons imbecile loser losers bastard bastards asshole assholes bitch bitches cheater cheaters scammer scammers crooks clown clowns thief thieves coward fraudster
@insultnoun2 = jerk jerks fool fools cunt cunts whore whores slut sluts prick pricks scum twat wanker wankers dick dickhead dumbass jackass douche douchebag dumbo retard retards freak pig pigs hoe hore hor gimp muppet weirdo loser pervert creep foker fucker fuckers motherfucker motherfuckers cocksucker cocksuckers fag faggot nigger nigga paki tard crook liars liar fraud frauds cheats robbers criminals parasite parasites vultures hypocrite pos arsehole bollocks tosser git dumbfuck shithead bullshitter
@fuck = fuck* motherfuck* fucker* fukin fuk cunt cunts
@swear = shit bullshit damn goddamn crap hell bloody wtf ffs omfg stfu gtfo bs arse piss pissed
@lewd = cock cocks dick dicks pussy pussies penis vagina orgasm blowjob boobs tits titties masturbat* cum cumming porn porno naked nude nudes horny slut sluts whore whores anus rectum genital genitals semen balls dildo hentai boner erection jizz clit rape raped rapist incest fetish butt butthole bum
@service = service support company bot chatbot robot machine app site website program computer system assistant chat team staff people platform business experience place employees
@hate = hate despise loathe detest
@kill = kill murder shoot stab strangle smash punch slap burn

mask: fuck|fucking yeah|yes|good|great|awesome|amazing
mask: bad|worst case|credit|weather|news|luck|time
mask: damn good|nice|cool|great|cheap
mask: hot|cold|warm as hell
mask: hell yeah|yes|yea
mask: damper
mask: ball|golf|stress balls
mask: private dick
mask: moby dick
mask: dick cheney|van
mask: rape seed|oil
mask: crap out|outs
mask: stupid question|questions
mask: kill switch|time|weeds|bacteria|mold|germs
mask: burn in|time
mask: how many times take|takes|does|will

insult 0.9: @you|ur|u @very~3 @insultadj|@insultnoun|@insultnoun2
insult 0.85: @you ..1 @very~2 shit|dumb|trash|garbage|ugly|boring|gay|pig|liar|liars|fraud|frauds|cheat|cheats|fake|joke|rude|crap|lame|thief|hot|sexy|naked|gorgeous|horny|smelly $
insult 0.85: @you @be @very~3 @insultadj|@insultadj2|@insultnoun|@insultnoun2 !about|question
insult 0.8: @be @you all? @very~3 @insultnoun|@insultnoun2|stupid|dumb|retarded|deaf|blind|gay|kidding|naked|horny|joking|serious|insane|drunk
insult 0.85: you|u|your all|guys|people|lot|folks|company|service|bot|team|staff|app|support|agents ..2 @be|such @very~3 @insultadj|@insultadj2|@insultnoun|@insultnoun2
insult 0.8: you|u|guys|people|they|company ..2 cheated|cheat|cheating|scammed|scam|scamming|robbed|robbing|lied|lying|lie|fooled|fooling|stole|steal|looting ..1 me|us|people|customers|everyone|$
insult 0.75: you|u|guys|company ..1 cheated|cheat|cheating|scamming|lied|fooling|robbing|lying|looting
insult 0.75: @you @be|fraud|fake? fraud|frauds|fake|cheat|cheater|cheaters|thief|liar|scam
insult 0.7: fraud|fake|cheat|scam|scammers|cheaters|thieves|liars|robbers fake|fraud|cheat|company|people|app|site|game|$
insult 0.65: contest|game|match|points|everything cheat|cheating|cheated|rigged
insult 0.75: played|playing|play in cheated|cheating
insult 0.8: making|make|makes|fooling|making us|others|people|me|everyone|customers|public ..1 fool|fools|stupid
insult 0.8: loot|looting|rob|robbing|fool|fooling|cheat|cheating|scam|scamming customers|people|us|others|public|users|everyone
insult 0.8: @insultadj|@insultadj2|@insultnoun|@insultnoun2|@fuck|damn|bloody @service|eliza|thing|shit|ai
insult 0.7: ^ @very? you? @insultadj|@insultnoun|@insultnoun2 $
insult 0.75: tell|bye|hey|hi|yes|no|ok|little|my|listen|because|fat|dumb|dirty|total|yeah @insultnoun|@insultnoun2|bitch $
insult 0.8: @fuck @you|u|off|this|that|it|them|your|me|oof|ur|urself|him|her|all
insult 0.6: @fuck
insult 0.8: screw|bite|damn|suck|blow|lick|kick|kiss|eat|spank|shag you|u|me|it|off|my|your|shit|this|dick|cock|balls
insult 0.8: piss|bugger|sod|hang|buzz off|up !the|on
insult 0.8: shut ..2 up|mouth|trap|face !down
insult 0.8: eat|eating|full|piece|pile ..1 of? shit|crap
insult 0.75: go to hell|die
insult 0.7: suck|sucks|sucked !air|up|in|water|dust
insult 0.85: @you|that|this|it|company|service suck|sucks|sucked
insult 0.8: i|we|really|she|he|all|just ..1 @hate @you|this|it|that|eliza|bots|talking
insult 0.8: ^ @hate @you|this
insult 0.85: @kill @you|u|eliza|your|him|her|yourself|everyone|mother
insult 0.8: ^ die|go $
insult 0.8: die ..1 now|eliza|please|bitch|slowly
insult 0.8: hope|wish|like|want|when|will ..1 if? you ..1 die|dead|burn
insult 0.75: i ..1 dont|not like @you $
insult 0.7: my problem is you
insult 0.8: @lewd
@slur = asshole assholes bitch bitches cunt cunts motherfucker motherfuckers cocksucker cocksuckers scum bastard bastards retard retards faggot faggots nigger niggers paki wanker wankers dickhead arsehole fucker fuckers twat
insult 0.6: @slur
insult 0.7: ^ boring $
insult 0.7: have|having|had|want|like|love|wanna|need|your|lets|for|because|about sex|sexy|cybersex|orgasms|kiss
insult 0.7: lets|do|u|you|wanna|liek ..1 have|like|want|liek? sex
insult 0.7: make love to|with me|you
insult 0.7: talk dirty
insult 0.7: can|may|could|wanna|want|let ..2 kiss|lick|touch|spank|marry ..1 you|u|it|me|your
insult 0.7: sexy|gorgeous|hot|darling|baby|babe ..1 you|body|thing|darling
insult 0.7: are|r|is you|u|she|he ..4 gay|lesbian|virgin|naked|horny|hot|single|sexy|pregnant $
insult 0.7: you|ur|youre|u|your|phil|so|fucking|this|total|program ..2 gay
insult 0.7: you|u ..1 smell|stink|stinks|stinky|smelly !like|gas|of|smoke|burning|it|that

rage 0.7: fed up
rage 0.7: sick|tired and|of|to this|you|your|waiting|these|being|it|getting|tired|death|all
rage 0.7: waste|wasting|wasted ..2 time|money
rage 0.6: ^ nonsense|pathetic|useless|ridiculous|rubbish|disgusting|horrible|disgraceful|unacceptable|outrageous|unbelievable|appalling|shameful|bullshit $
rage 0.7: disgrace|disgraceful|appalling|abysmal|shambles|atrocious|shameful|disgusting
rage 0.7: this|that|it|thats|its|your|service|support|whatever|whole|what ..1 @be? @very~2 joke|ridiculous|unacceptable|useless|terrible|awful|horrible|pathetic|bs|bullshit|garbage|nonsense|unbelievable|disgusting|disgraceful|outrageous|absurd|rubbish|crap|shit|bollocks|stupid|dumb|worst
rage 0.75: worst|terrible|horrible|pathetic|awful|poor|poorest|bad|useless|appalling|disgusting|shitty|crap|rubbish|lousy|third|zero ..2 service|experience|company|support|customer|app|bot|chat|website|site|employees|staff|team|response
rage 0.7: @service ..1 @be @very~2 worst|terrible|horrible|pathetic|awful|useless|poor|disgrace|shit|garbage|joke|rubbish|bad|sucks
rage 0.7: angry|furious|frustrated|frustrating|frustration|annoyed|livid|outraged|pissed|irritated|irritating|irritatic|iritatic|iritating|enraged|infuriating|infuriated|disgusted
rage 0.7: @be|so|very|really @very~1 mad|upset|disappointed at|with|about|by|that|$
rage 0.6: very|extremely|so|really|highly|totally disappointed|disappointing|dissatisfied|unhappy|upset
rage 0.7: didnt|doesnt|not|never|havent|hasnt|dont|wont ..3 answer|answered|answering|read|respond|reply ..3 my|our|what question|questions|message|messages|i|me
rage 0.7: still ..2 dont|not|didnt ..1 answer|answered|understand|get|help|reply
rage 0.7: thats|that|this|its not what i|we asked|said|meant|want|wanted
rage 0.75: how many times ..2 do|i|must|should|we|have
rage 0.75: keep|kept|stop|always|dont|again ..2 repeating|sending|saying|reply|replying|giving|asking ..3 same
rage 0.7: same|stupid reply|answer|response|message|thing|format|formats again|over|every|each|all
rage 0.7: dont reply|send|give|tell ..2 same
rage 0.7: already|just told|said|asked|explained|answered you|that|this|twice|it|three|many
rage 0.7: asked|told|called|written|ask|complained|said ..3 twice|three|times|thrice|third|second|again|many
rage 0.75: third|fourth|fifth|tenth|10th|3rd|4th|hundredth|100th time ..3 i|we|im|asking|that|ask
rage 0.7: you|u|they|this ..2 dont|not|cant|never|doesnt|no ..1 listen|listening|care|cares
rage 0.65: you ..1 not|no|arent ..2 helpful|helping|help|useful
rage 0.65: youre|you|this|that|it arent|isnt|wasnt|werent|not|no ..1 helpful|helping
rage 0.65: isnt|arent|not|no|wasnt|zero ..1 helpful|helping|help !needed|please|thanks|required|i|with
rage 0.65: no help at
rage 0.65: nobody|no|noone one|body? ..1 answers|listens|cares|responds|helps|gives|replies|picks
rage 0.75: what|why|who|where the|da|in hell|fuck|heck|actual
rage 0.75: wtf|stfu|ffs|gtfo|omfg
rage 0.7: are|were you ..1 kidding|joking|even|deaf|blind|serious|reading|listening ..2 me|reading|listening|what|$
rage 0.7: giving|give|gave|getting|got|get ..2 the? runaround|excuses
rage 0.7: enough ..3 excuses
rage 0.7: had|have|ive enough of
rage 0.7: enough of|with this|you|your|these
rage 0.7: enough already
rage 0.7: never ..3 use|buy|order|shop|come|recommend|deal ..3 again|from|you|with
rage 0.7: tell|telling|warn|warning everyone|everybody|people|all|friends ..8 not|avoid|stay|never|bad|dont
rage 0.75: never again ,,8 you|avoid|telling
rage 0.65: bad|negative|one|1 star|review|reviews|feedback ..3 leave|write|post|give
rage 0.65: leave|write|post|give ..3 bad|negative|one|1|zero star|stars|review
rage 0.7: shame on you|this
rage 0.7: ashamed of yourself|yourselves|your
rage 0.7: bunch|pack of ..1 @insultnoun|@insultnoun2|amateurs|jokers
rage 0.7: gives|give a damn|shit|fuck|crap
rage 0.65: scam|scammed|scamming|ripped|ripoff|rip off|me|us|$
rage 0.6: great future|job|service|work with|such|guys|really|not
rage 0.6: sarcas*
rage 0.7: makes|making|make ..1 me ..1 angry|mad|furious|sick
rage 0.65: taking|take too|so|forever|ages long
rage 0.6: unacceptable|ridiculous|unprofessional|incompetent|incompetence
rage 0.6: file|make|lodge|raise|submit|want|register a|an|my|the|another|customer|consumer? formal|customer|consumer? complaint|complain|complaints|reclamation
swear 0.5: @swear
swear 0.3: terrible|awful|horrible|pathetic|worst|garbage|liar|liars|scam|disappointed|disappointing|stupid|useless|rubbish|nonsense
glad: thanks|thank|great|awesome|love|perfect|amazing|lol|haha|excellent|lovely|cool|nice|wonderful|appreciate|brilliant
unglad: no|not|dont|isnt|never|nothing|such|worst|cheat*
third: my|the|this|that|his|her|their|old|our ..2 thermostat|ac|unit|furnace|boiler|heater|card|phone|neighbour|neighbor|dog|boss|ex|landlord|winter|weather|filter
idiom: kill|killing|killed time|me|it|process

confusion: dont|didnt|not|cant|doesnt|no ..2 understand|understanding|follow|getting|clue|idea|comprehend|figure
confusion: not sure i|what|how follow|get|you|that|this
confusion: im|am|are|is|so|very|really|bit|totally|completely|this|that|its|still|all ..1 confused|confusing|lost|unclear|puzzled|baffled|bewildered !my|the|it|a|his|her
confusion: confused|confusing
confusion: makes|make|making no|zero|little sense
confusion: doesnt|dont|didnt|not make|making ..1 sense
confusion: what do|did you|u mean
confusion: what|which ..1 do|does|did you|u|that|this mean $
confusion: <understand|know|get|see what do|did? you mean by
confusion: wdym
confusion: ^^ huh
confusion: ^ wait|sorry|uh what|huh
confusion: explain|say|put|repeat ..4 simpler|simple|again|differently|slowly|english|plain|way|words
confusion: in plain|simple|simpler|other|layman|laymans english|words|terms
confusion: greek|chinese|gibberish|jargon to|me
confusion: lost|lose me|you here|there|now
confusion: over my head
confusion: no|not any idea|clue ..2 what|how|which|about
confusion: not getting it|this|any $
anxiety: worried|worry|worries|worrying|worrisome|anxious|anxiety|nervous|scared|afraid|frightened|terrified|uneasy|concerned|concerning|panicky|dread|apprehensive|preocupado|preocupada|besorgt|inquiet|inquiete|preoccupato|preoccupata
anxiety: keeps|keep|kept @me up|awake
anxiety: so|feel|feeling|very|im|am|really|too ..1 stressed
anxiety: cant sleep
anxiety: tell me ..5 ok|okay|fine|alright|safe
anxiety: what if ..5 again|leaks|breaks|happens|fails|explodes|burns|wrong
anxiety: will it|this|we|i|everything be ok|okay|fine|alright|safe
calmer: no|dont|not|without worries|worry|worried
calmer: afraid|scared|worried|sorry ..1 i|that|we|its|monday|tuesday|wednesday|thursday|friday|saturday|sunday ..2 not|cant|have|does|need|wont|doesnt
calmer: as far|long as
calmer: scary|scared ghosts|movie|movies|story
calmer: cat|dog|dogs|cats|pet|pets|horse ..3 nervous|scared|afraid|anxious
panic: panicking|panicked|panic !bar|room|button|hardware|proof
panic: freaking|freak|freaked out
panic: dont know what to do
panicask: what do|should|can i|we do
panic: hyperventilating|shaking|trembling !is|the|it
panic: help help
panic: please please hurry|help|come
panic: oh my god|gosh|goodness ..1 please|help|hurry|no
panic: oh|omg ..3 what do|can|should
panic: omg omg|please|help|what|hurry
panic: for god|gods|heavens|christs sake|sakes hurry|help|please|come|do
panic: hurry ..2 please|now|freaking|im|its|help
panic: quick|quickly|fast someone|please help
panic: worse every|by second|minute|the
panic: please do|come|help something|now|quickly|us|quick
panic: cant breathe
calmpanic: is|are|the|fan|unit|it|machine ..1 shaking|trembling
`
