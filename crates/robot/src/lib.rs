//! The registry of all tools, and `robot ci`, which runs them as one pipeline.

mod ci;

use robot_contract::Tool;

/// Every tool, in the order of `robot --help`.
pub fn tools() -> Vec<Tool> {
    vec![
        ci::tool(),
        robot_cache_key::tool(),
        robot_go_build::tool(),
        robot_go_vet::tool(),
        robot_go_test::tool(),
        robot_go_matrix::tool(),
        robot_go_image::tool(),
        robot_coverage_gate::tool(),
        robot_security_gate::tool(),
        robot_cosign_verify::tool(),
        robot_summary::tool(),
    ]
}
