/** An image as PNG, the one type that the clipboard takes. */

/** Null where the image cannot be read. An SVG is drawn at twice its size, so that it stays sharp. */
export async function imageBlob(source: string): Promise<Blob | null> {
  const image = new Image();
  image.src = source;
  try {
    await image.decode();
  } catch {
    return null;
  }
  const scale = source.startsWith('data:image/svg') ? 2 : 1;
  const canvas = document.createElement('canvas');
  // Hostile images claim any size; canvases end at 16,384 px and 64 megapixels are enough for a clipboard.
  const most = Math.min(16_384, Math.sqrt(64_000_000));
  canvas.width = Math.min(most, Math.max(1, (image.naturalWidth || 300) * scale));
  canvas.height = Math.min(most, Math.max(1, (image.naturalHeight || 150) * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
