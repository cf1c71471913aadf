/** A `Resizable` whose size the layout remembers, under a name. */
import { Resizable, type ResizableProps } from '../ui/resizable.tsx';
import { useApp } from './app-context.tsx';

/** See the file's first line. */
export function KeptResizable({
  name,
  ...props
}: Omit<ResizableProps, 'size' | 'onSize'> & {
  name: Parameters<ReturnType<typeof useApp>['layout']['get']>[0];
}) {
  const { layout } = useApp();
  return (
    <Resizable {...props} size={layout.get(name, props.usual)} onSize={(size) => layout.set(name, size)} />
  );
}
