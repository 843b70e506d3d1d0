//! Texts of documents that the programs typeset.

/// Returns the text of a PDF.
///
/// It stands here rather than in the scenario: as a dependency of tests alone, its package would give others features
/// that the programs are built without, and half of the dependencies would be built twice.
pub fn text_of_pdf(pdf: &[u8]) -> String {
    pdf_extract::extract_text_from_mem(pdf).unwrap()
}
