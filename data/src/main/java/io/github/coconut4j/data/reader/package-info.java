/** Readers of the data sets of the paper (section 4.1) in their published formats. */
package io.github.coconut4j.data.reader;
