/** The words of tokenizer.json, cut as it says. */
final class Text {

  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Integer, String> words = new HashMap<>();
  private final List<Integer> special = new ArrayList<>();
  private final JsonNode file;

  Text(File tokenizer) throws IOException {
    file = new ObjectMapper().readTree(tokenizer);
    file.at("/model/vocab").fields().forEachRemaining(word -> ids.put(word.getKey(), word.getValue().asInt()));
    ids.forEach((word, id) -> words.put(id, word));
    file.get("added_tokens").forEach(token -> special.add(token.get("id").asInt()));
  }

  int[] ids(String text) {
    List<String> pieces = List.of(text);
    for (JsonNode split : members(file.get("pre_tokenizer"), "pretokenizers")) {
      Pattern pattern = Pattern.compile(split.at("/pattern/Regex").asText());
      boolean kept = split.get("behavior").asText().equals("Isolated");
      List<String> parts = new ArrayList<>();
      pieces.forEach(piece -> split(piece, pattern.matcher(piece), kept, parts));
      pieces = parts;
    }
    return pieces.stream().mapToInt(this::id).toArray();
  }

  private int id(String piece) {
    if (!ids.containsKey(piece)) {
      throw new IllegalArgumentException("No word of the model's: '" + piece + "'");
    }
    return ids.get(piece);
  }

  private static void split(String piece, Matcher match, boolean kept, List<String> parts) {
    int from = 0;
    while (match.find()) {
      add(piece.substring(from, match.start()), parts);
      add(kept ? match.group() : "", parts);
      from = match.end();
    }
    add(piece.substring(from), parts);
  }

  private static void add(String part, List<String> parts) {
    if (!part.isEmpty()) {
      parts.add(part);
    }
  }

  String of(List<Integer> tokens) {
    StringBuilder joined = new StringBuilder();
    tokens.stream().filter(id -> !special.contains(id)).forEach(id -> joined.append(words.get(id)));
    String text = joined.toString();
    for (JsonNode decoder : members(file.get("decoder"), "decoders")) {
      if (decoder.get("type").asText().equals("Replace")) {
        text = text.replaceAll(decoder.at("/pattern/Regex").asText(), decoder.get("content").asText());
      }
    }
    return text;
  }

  private static Iterable<JsonNode> members(JsonNode node, String key) {
    return node.has(key) ? node.get(key) : List.of(node);
  }
}
