/** Readers of the data sets of the paper (section 4.1) in the forms they are published in. */
package io.github.coconut4j.data.reader;
