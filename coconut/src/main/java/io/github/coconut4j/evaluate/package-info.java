/** Scoring of written answers as the paper does it, and how sure the score is. */
package io.github.coconut4j.evaluate;
