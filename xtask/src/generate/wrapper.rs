//! The action.yml files.

use super::face::{COMMON, Face};
use std::fmt::Write as _;

const CACHE: &str = "27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5";

fn run(id: &str, environment: &str, line: &str) -> String {
    format!(
        "    - id: {id}\n      shell: bash --noprofile --norc -e -o pipefail {{0}}\n      env:\n{environment}      run: exec \"${{ROBOT_ACTIONS_BIN:?set it to the robot binary}}\" {line}\n"
    )
}

/// One tool: no logic, one `run:` line.
pub(super) fn action(name: &str, face: &Face) -> String {
    let verb = if face.verbs.is_empty() { "" } else { " \"$INPUT_VERB\"" };
    let verb_input = face.verbs.first().map(|_| "verb".to_owned());
    let environment = face.environment(verb_input.into_iter().chain(face.inputs.keys().cloned()))
        + &face.secret_environment();
    let head = face.head(name, "run");
    format!(
        "{head}runs:\n  using: composite\n  steps:\n{}",
        run("run", &environment, &format!("{name}{verb}"))
    )
}

/// `robot ci` with its caches: the only wrapper that nests other actions.
pub(super) fn root_action(face: &Face) -> String {
    let common = || face.environment(COMMON.iter().map(|(name, _)| name));
    let mut out = face.head("ci", "ci");
    out.push_str("runs:\n  using: composite\n  steps:\n");
    out.push_str(&run("keys", &common(), "cache-key compute"));
    for cache in ["build", "module"] {
        let _ = write!(
            out,
            "    - id: restore-{cache}
      if: ${{{{ inputs.cache != 'false' && steps.keys.outputs.restore-{cache} == 'true' }}}}
      uses: actions/cache/restore@{CACHE}
      with:
        path: ${{{{ steps.keys.outputs.{cache}-path }}}}
        key: ${{{{ steps.keys.outputs.{cache}-key }}}}
        restore-keys: ${{{{ steps.keys.outputs.{cache}-restore-keys }}}}
"
        );
    }
    // What the default branch measured: pull requests find the newest by the prefix. A robot of a
    // repository that has several gets its own.
    let prefix = "robot-history:${{ inputs.working-directory }}:";
    let history = format!("{prefix}${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}");
    let path = "${{ runner.temp }}/robot-history";
    let _ = write!(
        out,
        "    - if: ${{{{ inputs.cache != 'false' }}}}
      uses: actions/cache/restore@{CACHE}
      with:
        path: {path}
        key: \"{history}\"
        restore-keys: \"{prefix}\"
"
    );
    out.push_str(&run("ci", &face.environment(face.inputs.keys()), "ci"));
    for (cache, worth) in [
        ("build", "steps.ci.outputs.save-build == 'true'"),
        // Not `== 'false'`: actions/cache leaves the output empty when it finds nothing at all
        // (https://github.com/actions/cache/issues/1513).
        (
            "module",
            "steps.keys.outputs.restore-module == 'true' && steps.restore-module.outputs.cache-hit != 'true'",
        ),
    ] {
        let _ = write!(
            out,
            "    - if: ${{{{ !cancelled() && inputs.cache != 'false' && {worth} }}}}
      uses: actions/cache/save@{CACHE}
      with:
        path: ${{{{ steps.keys.outputs.{cache}-path }}}}
        key: ${{{{ steps.keys.outputs.{cache}-key }}}}
"
        );
    }
    let _ = write!(
        out,
        "    - if: ${{{{ !cancelled() && inputs.cache != 'false' && steps.ci.outputs.save-history == 'true' }}}}
      uses: actions/cache/save@{CACHE}
      with:
        path: {path}
        key: \"{history}\"
"
    );
    out
}
