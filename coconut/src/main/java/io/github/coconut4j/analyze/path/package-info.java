/**
 * Classification of written chains: the classes of section 5 of arXiv 2412.06769, decided only from
 * the problem's text.
 */
package io.github.coconut4j.analyze.path;
