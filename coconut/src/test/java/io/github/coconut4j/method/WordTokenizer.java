package io.github.coconut4j.method;

import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** A token a word, a token a line feed; words get the next id when they are first seen. */
final class WordTokenizer implements TextTokenizer {

  private final List<String> tokens =
      new ArrayList<>(
          List.of(
              SpecialTokens.END_OF_TEXT,
              SpecialTokens.START_LATENT,
              SpecialTokens.END_LATENT,
              SpecialTokens.LATENT,
              SpecialTokens.PAUSE));

  @Override
  public int[] encode(String text) {
    return Arrays.stream(text.replace("\n", " \n").split(" "))
        .filter(word -> !word.isEmpty())
        .mapToInt(this::add)
        .toArray();
  }

  private int add(String word) {
    if (!tokens.contains(word)) {
      tokens.add(word);
    }
    return tokens.indexOf(word);
  }

  @Override
  public String decode(int[] ids) {
    return Arrays.stream(ids).mapToObj(this::token).collect(Collectors.joining(" "));
  }

  @Override
  public int vocabularySize() {
    return tokens.size();
  }

  @Override
  public OptionalInt findId(String token) {
    int id = tokens.indexOf(token);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public String token(int id) {
    return tokens.get(id);
  }

  @Override
  public void save(Path modelDirectory) {
    throw new UnsupportedOperationException("a tokenizer of tests has no file");
  }

  @Override
  public void close() {}
}
