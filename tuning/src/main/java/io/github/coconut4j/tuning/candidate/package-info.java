/** The training of one candidate, in this process or in one of its own. */
package io.github.coconut4j.tuning.candidate;
