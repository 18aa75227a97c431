/** The tokens of tokenizer.json, by ai.djl.huggingface:tokenizers. */
final class Text {

  private final HuggingFaceTokenizer tokenizer;

  Text(File file) throws IOException {
    tokenizer = HuggingFaceTokenizer.newInstance(file.toPath());
  }

  int[] ids(String text) {
    return LongStream.of(tokenizer.encode(text, true, false).getIds()).mapToInt(id -> (int) id).toArray();
  }

  String of(List<Integer> tokens) {
    return tokenizer.decode(tokens.stream().mapToLong(id -> id).toArray(), true);
  }
}
