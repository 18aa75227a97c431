/** What Arbiter compares candidates by. */
package io.github.coconut4j.tuning.score;
