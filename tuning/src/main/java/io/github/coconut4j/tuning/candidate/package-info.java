/** The training of one candidate, in this process or in a separate one. */
package io.github.coconut4j.tuning.candidate;
