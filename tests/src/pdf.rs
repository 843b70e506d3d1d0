//! Texts of documents that the programs typeset.

/// Returns the text of a PDF.
///
/// It is here rather than in the scenario because of its package: as a development dependency, it would enable features of
/// shared dependencies that the programs are built without, and half of the dependencies would be built twice.
pub fn text_of_pdf(pdf: &[u8]) -> String {
    pdf_extract::extract_text_from_mem(pdf).unwrap()
}
