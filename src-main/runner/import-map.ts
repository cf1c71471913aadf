/**
 * Which distribution an import comes from. Curated by hand: the well-known public lists contain wrong and even dangerous
 * entries, so none is used. An entry belongs here only if the distribution is the project that everybody means by the import.
 */

/** Imports whose distribution has another name (in its normal form, PEP 503). */
const otherName: Readonly<Record<string, string>> = {
  attr: 'attrs',
  barcode: 'python-barcode',
  Bio: 'biopython',
  bs4: 'beautifulsoup4',
  bson: 'pymongo',
  camelot: 'camelot-py',
  Crypto: 'pycryptodome',
  Cryptodome: 'pycryptodomex',
  cv2: 'opencv-python-headless', // a sandbox has no display, and the other build needs its libraries
  dateutil: 'python-dateutil',
  discord: 'discord-py',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  faiss: 'faiss-cpu',
  fitz: 'pymupdf',
  flask_cors: 'flask-cors',
  flask_sqlalchemy: 'flask-sqlalchemy',
  fpdf: 'fpdf2',
  git: 'gitpython',
  github: 'pygithub',
  gitlab: 'python-gitlab',
  gridfs: 'pymongo',
  imblearn: 'imbalanced-learn',
  IPython: 'ipython',
  jose: 'python-jose',
  jwt: 'pyjwt',
  kafka: 'kafka-python',
  langchain_community: 'langchain-community',
  langchain_core: 'langchain-core',
  langchain_openai: 'langchain-openai',
  Levenshtein: 'levenshtein',
  llama_index: 'llama-index',
  magic: 'python-magic',
  MDAnalysis: 'mdanalysis',
  more_itertools: 'more-itertools',
  mpl_toolkits: 'matplotlib',
  mysql: 'mysql-connector-python',
  MySQLdb: 'mysqlclient',
  nacl: 'pynacl',
  netCDF4: 'netcdf4',
  odf: 'odfpy',
  OpenSSL: 'pyopenssl',
  pandas_datareader: 'pandas-datareader',
  pdfminer: 'pdfminer-six',
  PIL: 'pillow',
  pkg_resources: 'setuptools',
  pptx: 'python-pptx',
  psycopg2: 'psycopg2-binary',
  pydantic_settings: 'pydantic-settings',
  pylab: 'matplotlib',
  PyPDF2: 'pypdf2',
  pytorch_lightning: 'pytorch-lightning',
  rest_framework: 'djangorestframework',
  sentence_transformers: 'sentence-transformers',
  serial: 'pyserial',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  slugify: 'python-slugify',
  speech_recognition: 'speechrecognition',
  tabula: 'tabula-py',
  telegram: 'python-telegram-bot',
  tensorflow_hub: 'tensorflow-hub',
  umap: 'umap-learn',
  usb: 'pyusb',
  websocket: 'websocket-client',
  yaml: 'pyyaml',
  ydata_profiling: 'ydata-profiling',
  zmq: 'pyzmq',
};

/** Imports whose distribution has the same name. */
const sameName: readonly string[] = (
  'accelerate aiofiles aiohttp alembic altair anthropic arrow astropy attrs bcrypt bokeh boto3 botocore cachetools ' +
  'catboost celery chardet chromadb click colorama cryptography cvxpy dash dask datasets diffusers django docker duckdb ' +
  'einops emoji faker fastapi fastparquet fiona flask folium geopandas gensim gradio graphviz gymnasium h5py holoviews ' +
  'httpx humanize hypothesis igraph imageio itsdangerous jax jieba jinja2 joblib keras keyring kubernetes langchain ' +
  'librosa lightgbm loguru lxml markdown marshmallow matplotlib missingno mlflow mplfinance msgpack networkx nltk numba ' +
  'numpy openai openpyxl optuna orjson ortools pandas paramiko passlib patsy pdf2image peft pendulum pexpect pika plotly ' +
  'polars prettytable psutil psycopg pulp pyarrow pydantic pydot pydub pygame pymongo pymupdf pymysql pypdf pyproj pytest ' +
  'pytz qrcode rapidfuzz rasterio ray rdkit redis regex reportlab requests rich safetensors scipy scrapy seaborn selenium ' +
  'setuptools shap shapely simplejson simpy sortedcontainers soundfile spacy sqlalchemy starlette statsmodels streamlit ' +
  'stripe sympy tabulate tenacity tensorflow termcolor textblob thefuzz tiktoken timm tokenizers tomlkit toolz torch ' +
  'torchaudio torchmetrics torchvision tqdm transformers typer ujson unidecode urllib3 uvicorn wandb watchdog weasyprint ' +
  'websockets wordcloud xarray xgboost xlrd xlsxwriter xmltodict yfinance'
).split(' ');

/** Known imports and their distributions. */
export const knownImports: ReadonlyMap<string, string> = new Map([
  ...sameName.map((name): [string, string] => [name, name]),
  ...Object.entries(otherName),
]);

/**
 * Imports that no index can give, or whose name says nothing about the distribution: never guessed, never offered.
 * The value says in words what is the matter.
 */
export const notInstallable: ReadonlyMap<string, string> = new Map([
  ...['tkinter', '_tkinter', 'turtle', 'idlelib'].map((name): [string, string] => [
    name,
    'it belongs to Python itself and needs a display; this Python was built without it',
  ]),
  ...['_sqlite3', 'sqlite3', '_lzma', 'lzma', '_bz2', 'bz2', '_ctypes', 'readline', 'curses'].map(
    (name): [string, string] => [name, 'it belongs to Python itself; this Python was built without it'],
  ),
  ...['google', 'azure', 'zope', 'backports', 'sphinxcontrib', 'ruamel'].map((name): [string, string] => [
    name,
    'many packages share this name; install the one that is meant by its own name',
  ]),
  ...[
    'urllib2',
    'ConfigParser',
    'StringIO',
    'cStringIO',
    'cPickle',
    'Queue',
    'commands',
    'Tkinter',
    'httplib',
  ].map((name): [string, string] => [name, 'it belongs to Python 2']),
  ...[
    'asynchat',
    'asyncore',
    'distutils',
    'imp',
    'smtpd',
    'cgi',
    'telnetlib',
    'pipes',
    'crypt',
    'imghdr',
  ].map((name): [string, string] => [name, 'it was removed from newer versions of Python']),
  ...['winreg', 'msvcrt', 'winsound', '_winapi'].map((name): [string, string] => [
    name,
    'it exists only on Windows',
  ]),
]);
