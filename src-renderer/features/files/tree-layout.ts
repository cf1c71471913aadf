/**
 * Where the rows of the tree are. The library's layout keeps places of rows that were pushed out of sight when a folder above them was
 * opened, takes those for places that it knows, and then never draws the row that has the focus (the End key seems dead).
 */
import { ListLayout } from 'react-aria-components/Virtualizer';

type Update = Parameters<ListLayout<unknown>['update']>[0];

/** See the head of the file. */
export class TreeLayout extends ListLayout<unknown> {
  override update(context: Update): void {
    super.update(context);
    const placed = new Set<unknown>();
    const visit = (nodes: typeof this.rootNodes) => {
      for (const { layoutInfo, children } of nodes) {
        placed.add(layoutInfo.key);
        if (children) visit(children);
      }
    };
    visit(this.rootNodes);
    for (const key of this.layoutNodes.keys()) if (!placed.has(key)) this.layoutNodes.delete(key);
  }
}
