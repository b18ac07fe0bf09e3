//! Files that hold secrets.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::folder::{APP, Folder};

fn with_secret(content: &str, mode: u32) -> Folder {
    let folder = Folder::new();
    folder.write("secrets/shop_jwt", content);
    fs::set_permissions(folder.path("secrets/shop_jwt"), fs::Permissions::from_mode(mode)).unwrap();
    folder
}

#[test]
fn a_secret_is_read_without_its_line_break() {
    for content in [
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef\n",
        "0123456789abcdef0123456789abcdef\r\n",
    ] {
        let registry = with_secret(content, 0o600).load();
        let secret = &registry.app("shop").unwrap().auth.jwt_secret;
        assert_eq!(secret.expose(), "0123456789abcdef0123456789abcdef");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}

#[test]
fn bad_secrets_are_told_apart() {
    const LONG: &str = "0123456789abcdef0123456789abcdef";
    let loose = "4:26: warning: the secret `secrets/shop_jwt` can be read or changed by other users \
                 = chmod 640 secrets/shop_jwt";
    let short = "4:26: warning: this secret has 5 bytes, and a token's key needs 32 \
                 = `head -c 32 /dev/urandom | base64 > secrets/shop_jwt` makes one; it signs everybody out";
    for (content, mode, usable, expected) in [
        (LONG, 0o600, true, &[][..]),
        (LONG, 0o640, true, &[]),
        (LONG, 0o644, true, &[loose]),
        (LONG, 0o660, true, &[loose]),
        ("short", 0o600, true, &[short]),
        ("short", 0o666, true, &[loose, short]),
        ("", 0o600, false, &["4:26: the secret `secrets/shop_jwt` is empty"]),
        (" \n", 0o600, false, &["4:26: the secret `secrets/shop_jwt` is empty"]),
    ] {
        let folder = with_secret(content, mode);
        assert_eq!(folder.told("apps/shop/app.yaml"), expected, "{content:?} {mode:o}");
        assert_eq!(folder.load().app("shop").is_some(), usable, "{content:?} {mode:o}");
    }
}

#[test]
fn under_strict_a_secret_that_others_can_read_is_refused() {
    let folder = with_secret("0123456789abcdef0123456789abcdef", 0o644);
    folder.write("sogoms.yaml", "secrets: strict\n");
    assert_eq!(
        folder.told("apps/shop/app.yaml"),
        [
            "4:26: the secret `secrets/shop_jwt` can be read or changed by other users = chmod 640 secrets/shop_jwt"
        ]
    );
    assert_eq!(folder.load().apps.len(), 0);
}

#[test]
fn what_is_no_secret_is_refused() {
    let folder = Folder::new();
    for (content, expected) in [
        (b"\xff\xfe".to_vec(), "4:26: the secret `secrets/shop_jwt` is not UTF-8 text"),
        (
            vec![b'a'; 65 << 10],
            "4:26: the secret `secrets/shop_jwt` is larger than 64 KiB, so it is probably another file",
        ),
    ] {
        folder.write("secrets/shop_jwt", content);
        assert_eq!(folder.told("apps/shop/app.yaml"), [expected]);
    }
    folder.write("apps/shop/app.yaml", APP.replace("secrets/{app}_jwt", "secrets"));
    assert_eq!(folder.told("apps/shop/app.yaml"), ["4:26: the secret `secrets` is not a file"]);
}
