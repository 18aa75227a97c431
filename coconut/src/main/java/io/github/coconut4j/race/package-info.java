/** Methods and seeds trained side by side on the same problems, as a recipe lists them. */
package io.github.coconut4j.race;
