/** Score functions by which Arbiter compares candidates. */
package io.github.coconut4j.tuning.score;
