/**
 * What a written chain is worth: the classes of section 5 of arXiv 2412.06769, decided from the
 * problem's text alone.
 */
package io.github.coconut4j.analyze.path;
