/** drizzle-kit's configuration: `npm run migration -- --name what-changes` writes the next SQL file into migrations/. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src-main/db/schema.ts',
  out: './migrations',
});
