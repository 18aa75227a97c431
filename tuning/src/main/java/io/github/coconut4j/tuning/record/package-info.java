/** The files of a search. */
package io.github.coconut4j.tuning.record;
