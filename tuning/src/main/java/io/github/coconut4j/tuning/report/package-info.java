/** The report of a search. */
package io.github.coconut4j.tuning.report;
