package trigger

// languageRules are the rules of the other languages. Accents and apostrophes
// are gone before they are read: "qu'on" is "quon".
const languageRules = `
// Spanish
@esperson = persona personas humano humana agente asesor asesora operador operadora representante encargado encargada gerente supervisor alguien ejecutivo ejecutiva jefe responsable empleado tecnico comercial
request 0.95: hablar|hablo|habla|chatear|comunicarme|comunicar|conversar|contactar con|a ..3 @esperson
request 0.9: hablar|chatear|conversar con|a @esperson
move 0.9: paseme|pasame|pasenme|comuniqueme|comuniquenme|comunicame|conecteme|conectame|transfierame|transfiereme|transferirme|derivame|deriveme|poname|pongame|ponme ..3 @esperson
move 0.9: me pases|pase|pasen|comunica|comunique|transfiere|transfiera|pasa|pasas ..2 con|a ..2 @esperson
wish 0.9: quiero|necesito|prefiero|deseo|exijo|dame|deme|busco a|un|una|el|la|al? ..1 persona|humano|agente|asesor|operador|representante|encargado|gerente|supervisor !que|instale
wish 0.9: me puede|puedes|pueden|podria atender|ayudar|contestar ..2 humano|persona|alguien|agente
call 0.85: llamame|llameme|llamenme|llamarme|marcame
call 0.85: me llame|llamen|llamar|llamas|llama !pablo|ana|juan|maria|el|la|mi|se
call 0.85: que|alguien ..2 me|nos llame|llamen
@pay_es = dinero plata reembolso deposito pago
money 0.9: devuelvan|devuelva|devuelveme|devuelvanme|devolver|devolverme|devolucion|reembolso|reembolsen|reembolsar|reembolsarme|regresen|reembolsado
cancel 0.9: cancelar|cancele|cancelen|cancela|cancelo|anular|anule|rescindir
cancel 0.9: darme|dar de baja
law 0.95: abogado|abogada|abogados|demandar|demandarlos|demandare|demanda|juzgado|tribunales|denunciar|denuncia|denunciare
danger 0.97: huele|olor|fuga|escape ..2 gas
danger 0.97: se|esta|estan inunda|inundando|inundo|quemando|incendiando
danger 0.97: hay agua|fuego|humo|inundacion|chispas
danger 0.95: tuberia|cano ..2 roto|rota|revento|explotado
danger 0.95: es una emergencia
rage 0.7: verguenza|vergonzoso|vergonzosa|inaceptable|pesimo|pesima|inutiles|inutil|ladrones|estafadores|estafa|harto|harta|porqueria|mierda|incompetentes|asco|ridiculo|ridicula|lamentable|mentirosos|burla|idiotas|imbeciles|pendejos|cabron|putos|puta|joder|colmo
rage 0.6: no sirven|sirve para nada
// German
@deperson = menschen mensch person mitarbeiter mitarbeiterin berater beraterin jemand jemandem jemanden chef chefin vorgesetzten kollegen kollege agenten kundendienst kundenservice kundenbetreuer leiter ansprechpartner richtigen echten einem betreuer
request 0.9: mit ..3 @deperson ..3 sprechen|reden|telefonieren|chatten|verbinden|verbunden|schreiben
request 0.9: den|die|einen|eine|ihren ..1 chef|vorgesetzten|mitarbeiter|menschen|berater|leiter|filialleiter|verantwortlichen|zustandigen sprechen
request 0.9: will|mochte|kann|muss|wurde mit ..2 @deperson reden|sprechen
move 0.9: verbinden|verbinde|verbindet|stellen|leiten ..1 mich|uns ..4 mit|durch|weiter|zu|an
wish 0.9: will|mochte|brauche|hatte|geben|gib ..2 einen|ein|eine|nen|mit|echten? ..1 menschen|mensch|mitarbeiter|berater|ansprechpartner
call 0.85: rufen|ruf|ruft ..2 mich|uns ..3 an|zuruck
call 0.85: mich|uns ..3 anrufen|zuruckrufen|anruft|zuruckruft
call 0.85: ruckruf|anruf bitte|erbeten|gewunscht
call 0.85: bitte um|einen ruckruf
money 0.9: geld ..2 zuruck
money 0.9: erstattung|ruckerstattung|erstatten|zuruckerstatten|ruckzahlung|zuruckzahlen|zuruckuberweisen
cancel 0.9: kundigen|kundige|kundigung|storniere|stornieren|stornierung|widerrufen|widerruf
law 0.95: anwalt|anwaltin|rechtsanwalt|verklagen|verklage|klage|gericht|rechtliche|verbraucherzentrale
danger 0.97: riecht|gestank|stinkt|geruch ..2 gas|verbrannt|rauch
danger 0.97: gasgeruch|gasleck|rohrbruch|wasserrohrbruch|uberschwemmt|uberschwemmung
danger 0.97: unter|steht|uberall wasser
danger 0.97: es brennt|raucht
danger 0.95: ist|ein notfall
rage 0.7: frechheit|unverschamt|unverschamtheit|unfahig|betruger|betrug|inkompetent|saftladen|schweinerei|zumutung|sauerei|scheisse|scheiss|verarscht|verarschen|idioten|arschloch|abzocke|abzocker|lacherlich|miserabel|dreist|wutend|unzumutbar|skandal
// French
@frperson = humain humaine conseiller conseillere agent quelquun personne operateur operatrice responsable superieur technicien representant employe collegue directeur manager gerant dun
request 0.95: parler|parle|discuter|echanger|causer a|avec|au|aux ..3 @frperson|conseillers
move 0.9: passez|passe|transferez|transfere|connectez|mettez|redirigez moi ..3 @frperson|relation|contact|avec
move 0.9: mis|mise|mettre|mettez ..2 en relation|contact ..2 avec
move 0.9: passez|passe moi un|une|le|la|quelquun|votre|au
wish 0.9: veux|voudrais|voudrai|souhaite|besoin|avoir|jaimerais|prefere|exige ..2 un|une|dun ..1 humain|conseiller|agent|operateur|responsable
call 0.85: rappelez|appelez|rappelle|appelle|telephonez moi|nous $
call 0.85: rappelez|appelez|rappelle|appelle|telephonez moi|nous au|vite|plus|svp|des|demain|maintenant|immediatement|rapidement|sil|aujourdhui
call 0.85: me|etre|nous rappeler|rappele|rappelle|rappelez
money 0.9: rembourse|remboursez|remboursement|rembourser|remboursee|remboursent
money 0.9: mon|largent argent|retour rendez|rendre|de
money 0.9: rendez|rends moi ..2 argent|sous
cancel 0.9: annuler|annulez|annule|annulation|resilier|resiliation|resilie|resiliez|desabonner
law 0.95: avocate|avocats|justice|tribunal|plainte|poursuivre|juridique|mediateur
law 0.95: mon|notre|un avocat va|ecrira|contactera|vous|prendra|et
law 0.9: contacter|appeler|prendre|voir ..1 mon|un avocat
danger 0.97: sent|odeur|fuite ..2 gaz
danger 0.97: sent ..2 brule|fumee
danger 0.97: inondation|incendie|inonde|inondee
danger 0.97: feu dans|a
danger 0.97: de leau partout
danger 0.95: cest une urgence
rage 0.7: honteux|honte|scandaleux|scandale|lamentable|nuls|nulle|inadmissible|inacceptable|incompetents|incompetent|voleurs|arnaque|arnaqueurs|escrocs|marre|ridicule|merde|connards|connard|foutez|fous|moquez|pourri|degueulasse|furieux|putain|bande
rage 0.5: ca|jen suffit|marre
// Italian
@itperson = persona umano umana operatore operatrice qualcuno responsabile consulente agente direttore assistente addetto tecnico collega titolare capo
request 0.95: parlare|parlo|parla|chattare|comunicare|parlarne con ..2 @itperson|essere
request 0.9: essere umano|umana con|che
move 0.9: me|mi|ci passi|passa|passate|passare|metta|metti|mettete|colleghi|trasferisca|trasferite|connetta ..3 @itperson|contatto|comunicazione
move 0.9: passami|passatemi|mettetemi|mettimi|trasferitemi ..3 @itperson
wish 0.9: voglio|vorrei|serve|bisogno|preferisco|datemi|dammi ..1 un|una ..1 persona|umano|operatore|essere|responsabile
call 0.85: richiamarmi|richiamatemi|richiamami|chiamatemi|chiamami|chiamarmi|telefonatemi|ricontattatemi
call 0.85: me|mi|essere chiami|chiamate|richiami|richiamate|richiamato|ricontatti|richiamare|chiamare
money 0.9: rimborso|rimborsare|rimborsatemi|rimborsarmi|rimborsato|rimborsi
money 0.9: indietro|restituite|restituitemi|ridatemi|rivoglio|restituzione ..4 soldi|denaro|deposito
money 0.9: soldi|denaro indietro
cancel 0.9: disdire|disdetta|annullare|annulla|annullate|cancellare|recedere|recesso|rescindere
law 0.95: avvocato|avvocati|legale|tribunale|denuncia|denunciare|denuncio|querela|querelo
law 0.95: vi|fare|faccio|far|faro|intentare causa
mask: legale|sede sede|orario
danger 0.97: odore|puzza|perdita|fuga|sento ..2 gas
danger 0.97: allagata|allagato|allagando|allagamento|incendio
danger 0.97: va|prende|preso|andato a? fuoco
danger 0.97: puzza|odore di bruciato
danger 0.95: e|una unemergenza|emergenza
rage 0.7: vergogna|vergognoso|vergognosi|vergognatevi|incompetenti|incompetente|ladri|truffa|truffatori|schifo|schifoso|inaccettabile|ridicoli|imbroglioni|bugiardi|incapaci|merda|cazzo|stronzi|idioti|pessimo|pessima|stufo|stufa|indecente|vaffanculo
rage 0.6: presa|preso|prendete|prendendo|prendere in giro
// Portuguese
@ptperson = pessoa pessoas humano humana atendente agente alguem gerente supervisor operador representante responsavel tecnico consultor vendedor encarregado funcionario
request 0.95: falar|falo|fala|conversar|conversa com ..2 @ptperson
request 0.9: com quem ..3 falar|conversar
move 0.9: me|nos passa|passe|passem|transfere|transfira|transferir|conecta|conecte|encaminha|encaminhe|coloca ..3 @ptperson
move 0.9: passa|passe|transfira|transfere ..2 para|pro|pra ..2 @ptperson
wish 0.9: quero|preciso|prefiro|gostaria|desejo|exijo ..2 um|uma|de ..1 atendente|humano|pessoa|representante|supervisor|gerente
call 0.85: me|nos liga|ligue|liguem|ligar|ligarem|telefone|telefonem|ligam
call 0.85: ligue|liga|ligar para|pra mim
money 0.9: reembolso|estorno|estornar|reembolsar|reembolsado|devolvam|devolver|devolucao|ressarcimento|estornem
money 0.9: dinheiro ..1 volta
cancel 0.9: cancelamento|cancelem|rescindir|rescisao
law 0.95: advogado|advogada|processar|procon|justica|tribunal|denunciar
mask: processar|processam|processa de|o|do|pedido|como
danger 0.97: cheiro|vazamento|vazando|cheirando ..2 gas
danger 0.97: alagando|alagada|alagado|inundando|inundada|incendio
danger 0.97: pegando|pegou|pega fogo
danger 0.97: cheiro de queimado|fumaca
danger 0.95: e uma emergencia
rage 0.7: palhacada|vergonha|pessimo|pessima|revoltado|revoltada|ladroes|golpe|golpistas|absurdo|lixo|merda|porra|caralho|incompetentes|inuteis|ridiculo|descaso|enrolando|palhacos|mentirosos|inaceitavel
// Hindi in Latin letters
@hiperson = kisi kissi insaan insan aadmi admi banda bande koi senior bade manager agent executive officer care representative supervisor human person adhikari customer
@hitalk = baat bat baath bath batt
request 0.9: @hiperson ..2 se @hitalk
request 0.85: @hitalk karao|karwao|karvao|karado|karwado|karwa|karva|krva|krwa|krvado|krwado|karvado|kara|karado|krao|karaiye|karaye|karwaiye
request 0.85: se @hitalk karni|karna|karne|krni|krna|karun|karu|karo|ho|hogi
move 0.85: agent|care|manager|executive|representative|human|insaan ..1 se connect|connet|conect|milao|milwao|jodo
call 0.85: call|phone|fon karo|kro|karna|kar|karwao|kijiye|kare|kariye|karde|karao|krdo|kr|krna !raha|rahi|rhe|diya|chuka|ke|ne
call 0.85: mujhe|muje|mujko|hume|humko|mereko|hamko|meko call|phone
mask: call ..2 lag|lagta|unavailable|nahi
money 0.9: paisa|paise|rupaya|rupay|rupaye|pesa|pese|amount|refund ..2 wapas|vapas|wapis|vapis|lautao|lauta|lotao|bapas|return
cancel 0.9: cancel kar|karo|kr|kardo|krdo|karna|krna|karwana|krwana|karde|kro|ho
law 0.9: court|kachehri|police|thane|consumer jaunga|jaungi|jaunge|jayenge|mein|me ..1 complaint|jaunga|case|khilaf|jayenge
law 0.9: case|fir karunga|kar|karenge|karungi|kr|thok
danger 0.97: gas ..2 leak|lik|badbu|smell
danger 0.97: aag lag|lagi|lga|laga
danger 0.97: pani ..2 bhar|ghus|bhara
rage 0.7: bakwas|bakwaas|bekar|bekaar|ghatiya|gatiya|faltu|faaltu|chor|choor|chutiya|chutiye|chutya|chutiyapa|madarchod|madhachod|madrchod|bhenchod|behenchod|bhosdi|bhosdike|bsdk|gandu|gaandu|lund|lauda|laude|lawde|randi|harami|haramkhor|kamina|kamine|kutta|kutte|saala|saale|salo|ullu|ullo|bewakoof|bewkuf|bevkuf|dhokha|dhoka|dhokebaaz|loot|lut|lutera|lootere|ghanta|tatti|jhooth|jhuth|jhoothe|makkar|thagi|thug|besharam|sharam|pagal|gadha|gadhe|chor
rage 0.6: maa|ma|behan|bahan|mummy ki|ka|chod|chut|chudi
rage 0.6: kitni|kitna|kitne baar|bar|br
rage 0.6: paisa|paise|rupaya|rupaye|amount kha|khaa|loot|lut|hadap
mask: pagal|chor se|ka bachne|lock
mask: thug life
`
