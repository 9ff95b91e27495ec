//! What every image has beside its programs.
//!
//! The certificates of authorities are Mozilla's as the package `webpki-root-certs` has them: those of a
//! machine differ from day to day and from system to system, and would make another image each time.

use crate::files::{Entries, Entry, Kind};
use data_encoding::BASE64;
use robot_contract::{Context, Failure, ResultExt as _};
use robot_golang::toolchain::GoEnvironment;

/// Where Go looks for certificates first: `crypto/x509/root_linux.go`.
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";
/// Where the variable `ZONEINFO` says that time zones are.
pub(crate) const TIME_ZONES: &str = "usr/share/zoneinfo.zip";

/// The files, sorted; an image with a base has those of the base instead.
pub(crate) fn entries(
    user: (u32, u32),
    has_zones: bool,
    has_base: bool,
    context: &Context,
) -> Result<Vec<Entry>, Failure> {
    let (uid, gid) = user;
    let mut entries = Entries::default();
    if has_zones {
        entries.add(TIME_ZONES, 0o644, Kind::File(time_zones(context)?));
    }
    if has_base {
        return Ok(entries.sorted());
    }
    entries.add(CERTIFICATES, 0o644, Kind::File(certificates().into_bytes()));
    let root = "root:x:0:0:root:/root:/sbin/nologin\n";
    let passwd = format!("{root}nonroot:x:{uid}:{gid}:nonroot:/home/nonroot:/sbin/nologin\n");
    entries.add("etc/passwd", 0o644, Kind::File(passwd.into_bytes()));
    let group = format!("root:x:0:\nnonroot:x:{gid}:\n");
    entries.add("etc/group", 0o644, Kind::File(group.into_bytes()));
    entries.add("home/nonroot", 0o700, Kind::Folder);
    entries.give("home/nonroot", user);
    entries.add("tmp", 0o1777, Kind::Folder);
    Ok(entries.sorted())
}

/// PEM (RFC 7468), in the order of the package.
fn certificates() -> String {
    let mut text = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        text += "-----BEGIN CERTIFICATE-----\n";
        let encoded = BASE64.encode(certificate);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            text += line;
            text.push('\n');
            rest = after;
        }
        text += "-----END CERTIFICATE-----\n";
    }
    text
}

/// Those of the Go that compiles.
fn time_zones(context: &Context) -> Result<Vec<u8>, Failure> {
    let ask = robot_go_command::go(context, "env", &[]).args(["-json", "GOROOT"]);
    let told = robot_go_command::run(&ask, context)?;
    let go = GoEnvironment::parse(&told.stdout).or_external(|| "`go env` failed".to_owned())?;
    let path = std::path::Path::new(go.get("GOROOT")).join("lib/time/zoneinfo.zip");
    fs_err::read(path).map_err(|error| {
        Failure::external("this Go has no time zones").caused_by(&error).hint(
            "import `time/tzdata` in the robot, or use a Go that was not packaged by a distribution",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::certificates;

    #[test]
    fn the_certificates_are_valid_and_many() {
        let text = certificates();
        assert!(text.matches("BEGIN CERTIFICATE").count() > 100);
        assert!(text.lines().all(|line| line.len() <= 64));
    }
}
