import Domain

/// What headers are called in the languages of people's files. Compared by `HeaderName.key`.
struct HeaderWords: Sendable {
    /// Ranks of names, the best first: the whole header must be one of them.
    let ranks: [Set<String>]
    /// Words that give a longer header away, as in `Customer mobile no.`; the best first.
    let parts: [Set<String>]

    private init(_ ranks: [String], parts: [String] = []) {
        self.ranks = ranks.map(Self.keys)
        self.parts = parts.map(Self.keys)
    }

    private static func keys(_ text: String) -> Set<String> {
        Set(text.split(separator: ",").map { HeaderName.key(String($0)) })
    }

    /// How well a header fits, the lower the better; nil if it doesn't.
    func rank(of header: String) -> Int? {
        let words = HeaderName.words(header)
        let key = words.joined()
        if let rank = ranks.firstIndex(where: { $0.contains(key) }) { return rank }
        if let part = parts.firstIndex(where: { part in words.contains { part.contains($0) } }) {
            return ranks.count + part
        }
        return nil
    }

    static func of(_ role: ColumnRole, _ kind: AddressKind) -> HeaderWords {
        switch role {
        case .address:
            switch kind {
            case .phone: phone
            case .email: email
            case .pushToken: pushToken
            case .opaque: opaque
            }
        case .phone: phone.withoutLast
        case .email: email.withoutLast
        case .token: pushToken.withoutLast
        case .chat: chat
        case .inapp: inApp
        case .locale: locale
        case .timeZone: timeZone
        case .externalID: externalID
        case .variant: variant
        case .orderingKey: orderingKey
        case .data, .ignored: HeaderWords([])
        }
    }

    /// Without the words that may mean anything: a further address is never looked for as hard as the main one.
    private var withoutLast: HeaderWords { HeaderWords(ranks: Array(ranks.dropLast()), parts: parts) }

    private init(ranks: [Set<String>], parts: [Set<String>]) {
        self.ranks = ranks
        self.parts = parts
    }

    private static let chat = HeaderWords(["chat,chat id,chat address,chat channel,webhook,chat webhook"])
    private static let inApp = HeaderWords(["inapp,in app,in-app,in app user,in-app user,inbox"])

    private static let phone = HeaderWords(
        [
            """
            mobile,mobile no,mobile number,mobile num,mobile nr,mobile phone,mobile phone no,mobile phone number,mob,mob no,\
            msisdn,cell,cell no,cell number,cell phone,cell phone no,cell phone number,handphone,handphone no,hand phone,\
            handphone number,hp,hp no,hp number,sms,sms number,sms phone,gsm,gsm no,gsm number,whatsapp,whatsapp no,\
            whatsapp number,handy,handynummer,handy nr,mobil,mobilnummer,mobil nr,mobiltelefon,mobilfunk,mobilfunknummer,\
            mobiltelefonnummer,natel,portable,téléphone portable,numéro portable,numéro de portable,téléphone mobile,\
            tél portable,tél mobile,gsm numéro,móvil,celular,número de celular,número celular,número de móvil,número móvil,\
            teléfono móvil,teléfono celular,tel celular,tel móvil,telemóvel,nº telemóvel,número de telemóvel,\
            cellulare,numero cellulare,numero di cellulare,cell numero,mobiel,mobiel nummer,mobiele nummer,gsm nummer,\
            komórka,telefon komórkowy,numer komórkowy,kännykkä,matkapuhelin,matkapuhelinnumero,mobilní,mobilní telefon,\
            cep,cep no,cep tel,cep telefonu,cep telefonu numarası,no hp,nomor hp,nombor telefon bimbit,di động,số di động,\
            điện thoại di động,手机,手机号,手机号码,移动电话,手機,手機號,手機號碼,行動電話,携帯,携帯電話,携帯番号,携帯電話番号,휴대폰,\
            휴대폰번호,휴대폰 번호,핸드폰,핸드폰번호,휴대전화,мобильный,мобильный телефон,мобильный номер,сотовый,сотовый телефон,\
            мобільний,мобільний телефон,جوال,رقم الجوال,موبايل,رقم الموبايل,الهاتف المحمول,मोबाइल,मोबाइल नंबर,มือถือ,เบอร์มือถือ,\
            κινητό,κινητό τηλέφωνο,נייד,טלפון נייד
            """,
            """
            phone,phone no,phone number,phone num,phone nr,phone e164,e164,telephone,telephone no,telephone number,tel,tel no,\
            tel nr,tel number,rufnummer,telefon,telefonnummer,telefon nr,téléphone,numéro de téléphone,numéro téléphone,\
            numéro tel,n° de téléphone,n° tél,teléfono,número de teléfono,número teléfono,nº de teléfono,fono,telefone,\
            número de telefone,nº de telefone,fone,telefono,numero di telefono,numero telefono,numero telefonico,telefoon,\
            telefoonnummer,numer telefonu,nr telefonu,telefonszám,telefonní číslo,telefónne číslo,puhelin,puhelinnumero,\
            telefonu,telefon numarası,număr de telefon,telefon broj,broj telefona,no telp,nomor telepon,telepon,nombor telefon,\
            no tel,điện thoại,số điện thoại,sđt,电话,电话号码,電話,電話番号,電話號碼,전화,전화번호,телефон,номер телефона,номер телефону,\
            هاتف,رقم الهاتف,फ़ोन,फ़ोन नंबर,โทรศัพท์,เบอร์โทร,เบอร์โทรศัพท์,หมายเลขโทรศัพท์,τηλέφωνο,טלפון,מספר טלפון
            """,
            "number,no,num,nummer,numero,número,contact,contact no,contact number,to,recipient,receiver,destination,dest,address",
        ],
        parts: [
            "mobile,msisdn,cell,cellphone,handphone,handynummer,handy,mobil,mobilnummer,whatsapp,celular,móvil,portable,cellulare",
            "phone,telephone,tel,telefon,telefonnummer,téléphone,teléfono,telefone,telefono,telefoon",
        ])

    private static let email = HeaderWords(
        [
            """
            email,e-mail,e mail,mail,email address,e-mail address,e-mail addr,mail address,email id,e-mail id,email addr,emails,\
            e-mails,e-mail-adresse,mailadresse,mail-adresse,elektronische post,courriel,adresse e-mail,adresse email,adresse mail,\
            adresse électronique,adresse courriel,mél,correo,correo electrónico,dirección de correo,dirección de email,\
            dirección de correo electrónico,correo e,e-mail endereço,endereço de e-mail,endereço de email,correio eletrónico,\
            correio eletrônico,posta elettronica,indirizzo e-mail,indirizzo email,indirizzo mail,e-mailadres,mailadres,\
            e-post,epost,e-postadress,e-postadresse,epostadress,sähköposti,sähköpostiosoite,adres e-mail,adres email,e-posta,\
            eposta,e-posta adresi,mailová adresa,emailová adresa,surel,alamat email,emel,alamat emel,thư điện tử,địa chỉ email,\
            邮箱,电子邮件,电子邮箱,邮箱地址,邮件,邮件地址,電子郵件,電子信箱,メール,メールアドレス,eメール,이메일,이메일주소,이메일 주소,전자우편,\
            почта,эл почта,электронная почта,адрес электронной почты,имейл,емейл,електронна пошта,البريد الإلكتروني,بريد إلكتروني,\
            ईमेल,ई-मेल,อีเมล,อีเมล์,ηλεκτρονικό ταχυδρομείο,דואר אלקטרוני,אימייל
            """,
            "to,recipient,receiver,address,destination,contact",
        ], parts: ["email,mail,emailadresse,courriel,correo"])

    private static let pushToken = HeaderWords(
        [
            """
            device token,push token,token,fcm token,apns token,apn token,registration token,registration id,firebase token,\
            expo token,device registration token,push id,gerätetoken
            """,
            "to,recipient,device,fcm,apns,address",
        ], parts: ["token"])

    private static let opaque = HeaderWords([
        "address,to,recipient,recipient id,chat id,channel,webhook,user id,user,username,account,account id,member id,inbox",
        "id,customer id,client id,contact id,external id",
    ])

    private static let locale = HeaderWords([
        """
        locale,language,lang,language code,locale code,preferred language,sprache,langue,idioma,lingua,taal,språk,sprog,kieli,\
        język,dil,bahasa,ngôn ngữ,语言,語言,言語,언어,язык,мова,اللغة,भाषा,ภาษา
        """
    ])

    private static let timeZone = HeaderWords([
        """
        time zone,timezone,tz,tz id,time zone id,iana time zone,tz name,zeitzone,fuseau horaire,zona horaria,huso horario,\
        fuso horário,fuso orario,tijdzone,tidszon,strefa czasowa,saat dilimi,zona waktu,múi giờ,时区,時區,タイムゾーン,시간대,часовой пояс
        """
    ])

    private static let externalID = HeaderWords([
        "external id,ext id,externe id,id externo,id externe",
        """
        customer id,customer no,customer number,client id,contact id,member id,member no,subscriber id,recipient id,user id,crm id,\
        kundennummer,kunden nr,kunden id,numéro client,id cliente,customer ref,客户编号,顧客番号,id клиента
        """,
        "id,uid,uuid",
    ])

    private static let variant = HeaderWords(["variant,ab variant,a/b variant,test group,ab group,variante"])

    private static let orderingKey = HeaderWords(["ordering key,order key,sequence key,message group,group key"])
}
