"""Measures pycsw on SQLite: harvesting from another pycsw, and searching a large table.

Arguments: a folder, a file with an entry on each line (id, name, summary, provider and items, separated by tabs), the number of
entries to harvest, and a file with a search on each line (the number of its kind, a tab, words separated by blanks).
Prints lines: `harvested`, a tab, records a second; the number of a kind, a tab, milliseconds of a search.
"""

import multiprocessing
import os
import sqlite3
import sys
import time
import wsgiref.simple_server
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from pycsw import server
from pycsw.core import admin

CSW = 'http://www.opengis.net/cat/csw/2.0.2'
RECORD = (
    '<csw:Record xmlns:csw="' + CSW + '" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dct="http://purl.org/dc/terms/"><dc:identifier>{}</dc:identifier><dc:title>{}</dc:title>'
    '<dc:type>dataset</dc:type>{}<dct:abstract>{}</dct:abstract><dc:publisher>{}</dc:publisher></csw:Record>'
)


def config(database, url):
    return {
        'server': {
            'home': '/', 'url': url, 'mimetype': 'application/xml; charset=UTF-8', 'encoding': 'UTF-8',
            'language': 'en-US', 'maxrecords': '500', 'pretty_print': 'false',
        },
        'manager': {'transactions': 'true', 'allowed_ips': '127.0.0.1', 'csw_harvest_pagesize': '100'},
        'metadata:main': {
            'identification_title': 'catalogue', 'identification_abstract': 'catalogue',
            'identification_keywords': 'catalogue', 'identification_keywords_type': 'theme',
            'identification_fees': 'None', 'identification_accessconstraints': 'None',
            'provider_name': 'bench', 'provider_url': url, 'contact_name': 'bench', 'contact_position': 'bench',
            'contact_address': 'bench', 'contact_city': 'bench', 'contact_stateorprovince': 'bench',
            'contact_postalcode': '0', 'contact_country': 'China', 'contact_phone': '0', 'contact_fax': '0',
            'contact_email': 'bench@example', 'contact_url': url, 'contact_hours': '0',
            'contact_instructions': 'none', 'contact_role': 'pointOfContact',
        },
        'repository': {'database': 'sqlite:///' + database, 'table': 'records'},
    }


def call(database, url, **query):
    """Calls pycsw without a connection; returns the answer."""
    environment = {
        'REQUEST_METHOD': 'GET', 'QUERY_STRING': urlencode(query), 'REMOTE_ADDR': '127.0.0.1', 'SERVER_NAME': '127.0.0.1',
        'SERVER_PORT': '80', 'wsgi.url_scheme': 'http', 'PATH_INFO': '/', 'SCRIPT_NAME': '', 'local.app_root': '/',
    }
    _, answer = server.Csw(config(database, url), environment, version='2.0.2').dispatch_wsgi()
    if b'ExceptionReport' in answer:
        sys.exit(answer.decode())
    return answer


def create(database):
    admin.setup_db('sqlite:///' + database, 'records', '/')


def fill(database, entries):
    """Fills the table by SQL."""
    create(database)
    connection = sqlite3.connect(database)

    def rows():
        for line in entries:
            number, name, summary, provider, items = (escape(text) for text in line.rstrip('\n').split('\t'))
            subjects = ''.join('<dc:subject>{}</dc:subject>'.format(item) for item in items.split('、'))
            xml = RECORD.format(number, name, subjects, summary, provider)
            text = ' '.join((number, name, items, summary, provider))
            yield number, 'csw:Record', CSW, 'local', '2026-01-01', xml, text, 'dataset', name, summary, items, provider

    connection.executemany(
        'INSERT INTO records (identifier, typename, schema, mdsource, insert_date, xml, anytext, type, title, abstract, '
        'keywords, publisher) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)', rows())
    connection.commit()
    connection.close()


def serve(database, port):
    """Serves a catalogue over HTTP until the process ends."""
    url = 'http://127.0.0.1:{}/'.format(port.value)

    class Quiet(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, *_):
            pass

    def application(environment, start):
        environment['local.app_root'] = '/'
        csw = server.Csw(config(database, url), environment, version='2.0.2')
        status, answer = csw.dispatch_wsgi()
        start(status, [('Content-Length', str(len(answer))), ('Content-Type', str(csw.contenttype))])
        return [answer]

    httpd = wsgiref.simple_server.make_server('127.0.0.1', 0, application, handler_class=Quiet)
    url = 'http://127.0.0.1:{}/'.format(httpd.server_port)
    port.value = httpd.server_port
    httpd.serve_forever()


def harvest(folder, entries):
    source, target = os.path.join(folder, 'source.db'), os.path.join(folder, 'harvested.db')
    fill(source, entries)
    create(target)
    port = multiprocessing.Value('i', 0)
    serving = multiprocessing.Process(target=serve, args=(source, port), daemon=True)
    serving.start()
    while port.value == 0:
        time.sleep(0.01)
    begun = time.monotonic()
    call(target, 'http://127.0.0.1/', service='CSW', version='2.0.2', request='Harvest', resourcetype=CSW,
         source='http://127.0.0.1:{}/'.format(port.value))
    took = time.monotonic() - begun
    serving.terminate()
    connection = sqlite3.connect(target)
    (harvested,) = connection.execute("SELECT count(*) FROM records WHERE type = 'dataset'").fetchone()
    if harvested != len(entries):
        sys.exit('{} of {} records were harvested'.format(harvested, len(entries)))
    print('harvested\t{:.1f}'.format(len(entries) / took), flush=True)


def search(database, words):
    likes = ''.join(
        '<ogc:PropertyIsLike wildCard="%" singleChar="_" escapeChar="!"><ogc:PropertyName>csw:AnyText</ogc:PropertyName>'
        '<ogc:Literal>%{}%</ogc:Literal></ogc:PropertyIsLike>'.format(escape(word)) for word in words)
    both = '<ogc:And>{}</ogc:And>'.format(likes) if len(words) > 1 else likes
    constraint = '<ogc:Filter xmlns:ogc="http://www.opengis.net/ogc">{}</ogc:Filter>'.format(both)
    query = {'constraintlanguage': 'FILTER', 'constraint': constraint} if words else {}
    begun = time.monotonic()
    call(database, 'http://127.0.0.1/', service='CSW', version='2.0.2', request='GetRecords', typenames='csw:Record',
         resulttype='results', elementsetname='summary', maxrecords='20', outputschema=CSW, **query)
    return (time.monotonic() - begun) * 1e3


def main():
    folder, texts, count, searches = sys.argv[1:]
    with open(texts, encoding='utf-8') as lines:
        harvest(folder, [line for _, line in zip(range(int(count)), lines)])
    database = os.path.join(folder, 'catalogue.db')
    with open(texts, encoding='utf-8') as lines:
        fill(database, lines)
    with open(searches, encoding='utf-8') as lines:
        for line in lines:
            kind, words = line.rstrip('\n').split('\t')
            print('{}\t{:.3f}'.format(kind, search(database, words.split())), flush=True)


if __name__ == '__main__':
    main()
