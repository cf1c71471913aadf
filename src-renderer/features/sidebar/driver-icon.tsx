/** The icon of a driver; decoration beside its name. */
import { Box, Cloud, Container, Laptop } from 'lucide-react';
import type { DriverType } from '../../../src-shared/domain/driver-manifest.ts';

const icons: Record<DriverType, typeof Laptop> = {
  local: Laptop,
  e2b: Cloud,
  docker: Container,
  daytona: Box,
};

/** See the head of the file. */
export function DriverIcon({ type, className }: { type: DriverType; className?: string | undefined }) {
  const Icon = icons[type];
  return <Icon size={16} aria-hidden className={className} />;
}
