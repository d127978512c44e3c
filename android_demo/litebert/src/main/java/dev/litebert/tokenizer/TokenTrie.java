package dev.litebert.tokenizer;

import java.util.HashMap;
import java.util.Map;

/**
 * Finds the longest added token that starts at a place of a text.
 *
 * <p>Most characters start none, which a table of ASCII and one look-up tell.
 */
final class TokenTrie {
  private static final class Node {
    final Map<Integer, Node> children = new HashMap<>();
    AddedToken token;
  }

  private final Node root = new Node();
  private final boolean[] starts = new boolean[128];
  private boolean startsBeyond; // whether a token starts with a character beyond these

  /** Adds a token that is found by a text; of equal texts the last counts. */
  void add(int[] text, AddedToken token) {
    Node node = root;
    for (int point : text) {
      Node child = node.children.get(point);
      if (child == null) {
        child = new Node();
        node.children.put(point, child);
      }
      node = child;
    }
    node.token = token;
    if (text[0] < starts.length) {
      starts[text[0]] = true;
    } else {
      startsBeyond = true;
    }
  }

  boolean isEmpty() {
    return root.children.isEmpty();
  }

  /** Whether a token may start with a character. */
  boolean mayStart(int point) {
    return point < starts.length ? starts[point] : startsBeyond;
  }

  /** The end of the longest token that starts at a place; −1 without one. */
  int end(int[] points, int start, int end) {
    Node node = root;
    int found = -1;
    for (int at = start; at < end; at++) {
      node = node.children.get(points[at]);
      if (node == null) {
        break;
      }
      if (node.token != null) {
        found = at + 1;
      }
    }
    return found;
  }

  /** The token that the code points {@code start} to {@code end} − 1 are. */
  AddedToken token(int[] points, int start, int end) {
    Node node = root;
    for (int at = start; at < end; at++) {
      node = node.children.get(points[at]);
    }
    return node.token;
  }
}
