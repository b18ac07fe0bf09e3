//! What the gateway itself says to people, in the contract's own words, in French and in English.

use hyper::header::{ACCEPT_LANGUAGE, HeaderMap};

use super::negotiate;
use super::words::Lang;
use crate::error::Code;

/// In which words an answer is put: the contract's own, unless the client asks for a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Words(Option<Lang>);

impl Words {
    /// Reads `Accept-Language`: the language of ours that it likes best, the first of several liked equally.
    pub(super) fn asked_for(headers: &HeaderMap) -> Self {
        let mut best = (0, None);
        for (tag, weight) in negotiate::ranges(headers, &ACCEPT_LANGUAGE) {
            let lang = match tag.split('-').next().unwrap_or_default() {
                tag if tag.eq_ignore_ascii_case("fr") => Lang::Fr,
                tag if tag.eq_ignore_ascii_case("en") => Lang::En,
                _ => continue,
            };
            if best.0 < weight {
                best = (weight, Some(lang));
            }
        }
        Self(best.1)
    }

    /// Speaks this language.
    pub(super) const fn of(lang: Lang) -> Self {
        Self(Some(lang))
    }

    /// Returns the language for all that the contract has no words for.
    pub(super) fn lang(self) -> Lang {
        self.0.unwrap_or_default()
    }

    /// Returns a text.
    pub(super) const fn text(self, message: Message) -> &'static str {
        let [contract, french, english] = message.texts();
        match self.0 {
            None => contract,
            Some(Lang::Fr) => french,
            Some(Lang::En) => english,
        }
    }

    /// Returns what is said of a field that the database refuses, by what sogoms-db says of it.
    pub(super) fn of_field(self, said: &str) -> Option<&'static str> {
        let (french, english) = match said {
            "exists already" => ("existe déjà", "exists already"),
            "does not exist" => ("n'existe pas", "does not exist"),
            "is too long" => ("est trop long", "is too long"),
            "is out of range" => ("est hors limites", "is out of range"),
            "is required" => ("est obligatoire", "is required"),
            "has a value of the wrong kind" => ("n'est pas du bon type", "has a value of the wrong kind"),
            _ => return None,
        };
        Some(self.lang().of(french, english))
    }

    /// Returns what is said of a failure whose own words are for operators: those of another service, and all that
    /// are faults of ours.
    pub(super) const fn of_code(self, code: Code) -> &'static str {
        self.text(Message::Failure(code))
    }
}

/// What there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    /// A row was made.
    Created,
    /// A row was changed.
    Updated,
    /// A row was removed.
    Deleted,
    /// A user signed in.
    SignedIn,
    /// A user signed up.
    SignedUp,
    /// A user signed out.
    SignedOut,
    /// No token where one is needed.
    TokenMissing,
    /// A token that is none of ours.
    TokenInvalid,
    /// A token whose time is over.
    TokenExpired,
    /// The account or the password is wrong; never which of them.
    BadCredentials,
    /// The account of a sign-up is there already.
    AccountTaken,
    /// An Idempotency-Key that is none, or several.
    KeyInvalid,
    /// An Idempotency-Key where it means nothing.
    KeyNotHere,
    /// An Idempotency-Key in an app that has no table for it.
    KeyUnavailable,
    /// An If-Match that lists no tags.
    IfMatchInvalid,
    /// An If-None-Match where something is to be written.
    IfNoneMatchOnWrite,
    /// Too many tries to sign in or up.
    TooManyTries,
    /// The Host header is missing, doubled or no host.
    WrongHost,
    /// The body is not JSON.
    NotJson,
    /// The body is too large.
    BodyTooLarge,
    /// The body did not come in time, or broke off.
    BodyBroken,
    /// A list has more rows than may be answered.
    ListTooLong,
    /// How to get a list that is too long.
    AskForPages,
    /// A field that must be given is not.
    Required,
    /// A field that must be text is not.
    NotText,
    /// A failure that has only its code to go by.
    Failure(Code),
}

impl Message {
    /// Returns the words of the contract (or in its style), French and English.
    const fn texts(self) -> [&'static str; 3] {
        const fn same(french: &'static str, english: &'static str) -> [&'static str; 3] {
            [french, french, english]
        }
        match self {
            Self::Created => ["Created", "Créé", "Created"],
            Self::Updated => ["Updated", "Modifié", "Updated"],
            Self::Deleted => ["Deleted", "Supprimé", "Deleted"],
            Self::SignedIn => same("Connexion réussie", "Signed in"),
            Self::SignedUp => same("Inscription réussie", "Signed up"),
            Self::SignedOut => same("Déconnexion réussie", "Signed out"),
            Self::TokenMissing => ["Token required", "Jeton requis", "Token required"],
            Self::TokenInvalid => ["Token invalid", "Jeton invalide", "Token invalid"],
            Self::TokenExpired => ["Token expired", "Jeton expiré", "Token expired"],
            Self::BadCredentials => same("Identifiants invalides", "Invalid credentials"),
            Self::AccountTaken => same("Ce compte existe déjà", "This account exists already"),
            Self::KeyInvalid => same(
                "Idempotency-Key : un seul en-tête, de 1 à 255 caractères ASCII visibles, est attendu",
                "Idempotency-Key: one header of 1 to 255 visible ASCII characters is expected",
            ),
            Self::KeyNotHere => same(
                "Idempotency-Key n'est pas prévu pour la connexion et l'inscription",
                "Idempotency-Key is not provided for signing in or up",
            ),
            Self::KeyUnavailable => same(
                "Idempotency-Key n'est pas disponible pour cette application",
                "Idempotency-Key is not available for this app",
            ),
            Self::IfMatchInvalid => same(
                "If-Match : `*` ou une liste d'ETags entre guillemets est attendu",
                "If-Match: `*` or a list of quoted ETags is expected",
            ),
            Self::IfNoneMatchOnWrite => same(
                "If-None-Match n'est prévu que pour la lecture ; utilisez If-Match",
                "If-None-Match is provided for reading only; use If-Match",
            ),
            Self::TooManyTries => {
                same("Trop de tentatives, réessayez plus tard", "Too many tries, try again later")
            }
            Self::WrongHost => same(
                "L'en-tête Host est absent, en double ou invalide",
                "The Host header is missing, doubled or invalid",
            ),
            Self::NotJson => same(
                "Le corps doit être en JSON (Content-Type: application/json)",
                "The body must be JSON (Content-Type: application/json)",
            ),
            Self::BodyTooLarge => same("Le corps est trop volumineux", "The body is too large"),
            Self::BodyBroken => same("Le corps est incomplet", "The body is incomplete"),
            Self::ListTooLong => same(
                "La liste compte plus de lignes qu'il n'est permis d'en répondre à la fois",
                "The list has more rows than may be answered at once",
            ),
            Self::AskForPages => same(
                "demandez-la page par page : ?page=1&per_page=50",
                "ask for it page by page: ?page=1&per_page=50",
            ),
            Self::Required => same("obligatoire", "required"),
            Self::NotText => same("doit être un texte", "must be text"),
            Self::Failure(code) => failure(code),
        }
    }
}

const fn failure(code: Code) -> [&'static str; 3] {
    let (french, english) = match code {
        Code::BadRequest | Code::Usage => ("Requête invalide", "Invalid request"),
        Code::Unauthorized => ("Non authentifié", "Not signed in"),
        Code::Forbidden => ("Accès refusé", "Forbidden"),
        Code::NotFound => ("Introuvable", "Not found"),
        Code::MethodNotAllowed => ("Méthode non autorisée", "Method not allowed"),
        Code::Validation => ("Données invalides", "Invalid data"),
        Code::Conflict => ("Conflit avec l'état actuel", "It conflicts with the present state"),
        Code::Duplicate => ("Cette valeur existe déjà", "This value exists already"),
        Code::ForeignKey => (
            "Une donnée liée n'existe pas, ou existe encore",
            "Something it is linked with does not exist, or still exists",
        ),
        Code::DataTooLong => ("Une valeur est trop longue", "A value is too long"),
        Code::PreconditionFailed => ("La donnée a changé entre-temps", "It has changed in the meantime"),
        Code::PreconditionRequired => (
            "L'en-tête If-Match est obligatoire : indiquez l'ETag de la version modifiée",
            "The header If-Match is required: give the ETag of the version that is changed",
        ),
        Code::KeyReused => (
            "Cette Idempotency-Key a déjà servi pour une autre requête",
            "This Idempotency-Key was used for another request before",
        ),
        Code::UnsupportedMediaType => ("Type de contenu non pris en charge", "Unsupported media type"),
        Code::RateLimited => ("Trop de requêtes, réessayez plus tard", "Too many requests, try again later"),
        Code::TooLarge => ("Trop volumineux", "Too large"),
        Code::AddressTooLong => ("L'adresse est trop longue", "The address is too long"),
        Code::HeadersTooLarge => ("Les en-têtes sont trop volumineux", "The headers are too large"),
        Code::UnknownHost => ("Hôte inconnu", "Unknown host"),
        Code::RequestTimeout => {
            ("La requête n'est pas arrivée à temps", "The request did not arrive in time")
        }
        Code::Timeout => ("Le délai est dépassé", "It took too long"),
        Code::Unavailable => (
            "Service momentanément indisponible, réessayez",
            "The service is unavailable at the moment, try again",
        ),
        Code::DbError | Code::TooManyConnections => (
            "Base de données momentanément indisponible, réessayez",
            "The database is unavailable at the moment, try again",
        ),
        Code::ConnectionLost => (
            "La connexion à la base de données a été perdue : vérifiez si l'opération a eu lieu",
            "The connection to the database was lost: see whether it was done",
        ),
        Code::Deadlock => ("Opération concurrente, réessayez", "Something else was changing it, try again"),
        Code::ReadOnly => {
            ("La base de données est en lecture seule", "The database is read-only at the moment")
        }
        Code::Config => ("Configuration incorrecte du serveur", "The server's configuration is wrong"),
        Code::Unsupported => ("Non pris en charge", "Not supported"),
        Code::SqlError | Code::TargetFailed | Code::Interrupted | Code::Internal => {
            ("Erreur interne", "Internal error")
        }
    };
    [french, french, english]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_is_spoken() {
        for (header, created, signed_in) in [
            (None, "Created", "Connexion réussie"),
            (Some("fr"), "Créé", "Connexion réussie"),
            (Some("fr-CH, en;q=0.8"), "Créé", "Connexion réussie"),
            (Some("EN-gb"), "Created", "Signed in"),
            (Some("de, en;q=0.5, fr;q=0.7"), "Créé", "Connexion réussie"),
            (Some("fr;q=0, en;q=0.1"), "Created", "Signed in"),
            (Some("en;q=1.000,fr"), "Created", "Signed in"),
            (Some("de"), "Created", "Connexion réussie"),
            (Some("*"), "Created", "Connexion réussie"),
            (Some("fr;q=2"), "Created", "Connexion réussie"),
            (Some("fr;x"), "Created", "Connexion réussie"),
            (Some(""), "Created", "Connexion réussie"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            }
            let words = Words::asked_for(&headers);
            assert_eq!(words.text(Message::Created), created, "{header:?}");
            assert_eq!(words.text(Message::SignedIn), signed_in, "{header:?}");
        }
    }
}
