/** What holds of the notebooks: they run, and what is saved in them is what they print. */
package io.github.coconut4j.notebooks;
