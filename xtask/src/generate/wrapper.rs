//! The action.yml files.

use super::face::{COMMON, Face};
use std::fmt::Write as _;

const CACHE_INPUT: &str =
    "  cache:\n    description: \"Whether to restore and save caches [default: true]\"\n";

/// Path of the launcher from an action that is `depth` folders below the root. It uses the variable, because the value of
/// `github.action_path` is wrong in containers:
/// <https://github.com/actions/runner/issues/2185>.
pub(crate) fn launcher(depth: usize) -> String {
    format!("$GITHUB_ACTION_PATH/{}dist/launcher", "../".repeat(depth))
}

/// `bash -p` ignores BASH_ENV and exported functions.
fn run(id: &str, environment: &str, line: &str, depth: usize) -> String {
    let launcher = launcher(depth);
    format!(
        "    - id: {id}\n      shell: bash --noprofile --norc -p -e -o pipefail {{0}}\n      env:\n{environment}      run: . \"{launcher}\" {line}\n"
    )
}

/// Folders between a tool's action and the root: `actions/<tool>`.
pub(crate) const TOOL_DEPTH: usize = 2;

/// One tool: no logic, one `run:` line.
pub(super) fn action(name: &str, face: &Face) -> String {
    let verb = match (face.verbs.is_empty(), face.has_own) {
        (true, _) => "",
        (false, true) => " ${INPUT_VERB:+\"$INPUT_VERB\"}",
        (false, false) => " \"$INPUT_VERB\"",
    };
    let verb_input = face.verbs.first().map(|_| "verb".to_owned());
    let environment = face.environment(verb_input.into_iter().chain(face.inputs.keys().cloned()))
        + &face.secret_environment();
    let head = face.head(name, "run", "");
    format!(
        "{head}runs:\n  using: composite\n  steps:\n{}",
        run("run", &environment, &format!("{name}{verb}"), TOOL_DEPTH)
    )
}

/// `robot ci` with its caches: the only wrapper that nests other actions. `restore` and `save` name
/// those of actions/cache.
pub(super) fn root_action(face: &Face, restore: &str, save: &str) -> String {
    let common = || face.environment(COMMON.iter().map(|(name, _)| name));
    let mut out = face.head("ci", "ci", CACHE_INPUT);
    out.push_str("runs:\n  using: composite\n  steps:\n");
    // Data of the default branch for later runs; pull requests find the newest by the prefix. Each robot of a repository
    // with several robots has its own. It comes first: `compute` finds in it whether any step has work.
    let prefix = "robot-history:${{ inputs.working-directory }}:";
    let history = format!("{prefix}${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}");
    let path = "${{ runner.temp }}/robot-history";
    let _ = write!(
        out,
        "    - if: ${{{{ inputs.cache != 'false' }}}}
      uses: {restore}
      with:
        path: {path}
        key: \"{history}\"
        restore-keys: \"{prefix}\"
"
    );
    // What decides which steps there are, and whether they reuse verdicts.
    let asked = COMMON.iter().map(|(name, _)| *name).chain(["fresh", "steps"]);
    let asked = format!("        INPUT_PIPELINE: \"true\"\n{}", face.environment(asked));
    out.push_str(&run("keys", &asked, "cache-key compute", 0));
    for cache in ["build", "module"] {
        let _ = write!(
            out,
            "    - id: restore-{cache}
      if: ${{{{ inputs.cache != 'false' && steps.keys.outputs.restore-{cache} == 'true' }}}}
      uses: {restore}
      with:
        path: ${{{{ steps.keys.outputs.{cache}-path }}}}
        key: ${{{{ steps.keys.outputs.{cache}-key }}}}
        restore-keys: ${{{{ steps.keys.outputs.{cache}-restore-keys }}}}
"
        );
    }
    // Scanners that the gate installed: the newest is the one that has them all.
    let scanners = "robot-scanners:${{ runner.os }}-${{ runner.arch }}:";
    let scanners_key = format!("{scanners}${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}");
    let scanners_path = "${{ runner.temp }}/robot-scanners";
    let _ = write!(
        out,
        "    - if: ${{{{ inputs.cache != 'false' && steps.keys.outputs.has-work == 'true' }}}}
      uses: {restore}
      with:
        path: {scanners_path}
        key: \"{scanners_key}\"
        restore-keys: \"{scanners}\"
"
    );
    out.push_str(&format!(
        "    - if: ${{{{ inputs.cache != 'false' && steps.keys.outputs.restore-module == 'true' }}}}\n{}",
        run("download", &common(), "cache-key download", 0).replacen("    - id", "      id", 1)
    ));
    // Modules are saved before code of the repository runs, which could change them. Not `== 'false'`:
    // actions/cache leaves the output empty when it finds nothing at all
    // (https://github.com/actions/cache/issues/1513).
    let new_modules = "steps.keys.outputs.restore-module == 'true' && steps.restore-module.outputs.cache-hit != 'true' && steps.download.outputs.verdict == 'pass'";
    let of = |cache: &str| {
        let output = |name: &str| format!("${{{{ steps.keys.outputs.{cache}-{name} }}}}");
        (output("path"), output("key"))
    };
    let add_save = |out: &mut String, condition: &str, (path, key): (String, String)| {
        let _ = write!(
            out,
            "    - if: ${{{{ {condition} }}}}
      uses: {save}
      with:
        path: {path}
        key: {key}
"
        );
    };
    add_save(&mut out, &format!("inputs.cache != 'false' && {new_modules}"), of("module"));
    out.push_str(&run("ci", &face.environment(face.inputs.keys()), "ci", 0));
    // The event alone decides who may save, because code of the repository could forge outputs.
    let may_save = "!cancelled() && inputs.cache != 'false' && contains(fromJSON('[\"push\", \"schedule\", \"workflow_dispatch\"]'), github.event_name)";
    let worth = "steps.ci.outputs.save-build == 'true'";
    add_save(&mut out, &format!("{may_save} && {worth}"), of("build"));
    let installed = "steps.ci.outputs.save-scanners == 'true'";
    let scanners = (scanners_path.to_owned(), format!("\"{scanners_key}\""));
    add_save(&mut out, &format!("{may_save} && {installed}"), scanners);
    let is_default = "github.ref_name == github.event.repository.default_branch && steps.ci.outputs.save-history == 'true'";
    let history = (path.to_owned(), format!("\"{history}\""));
    add_save(&mut out, &format!("{may_save} && {is_default}"), history);
    out
}
