/** Trains the methods and seeds of a recipe on the same problems and compares them. */
package io.github.coconut4j.race;
